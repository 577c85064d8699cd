"""Fine-tuning on MiniPedes with SDM and identities, EfficientNet-Lite0: for many short runs."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.minipedes_text_reid import (
        train_dataloader,
        val_cfg,
        val_dataloader,
        val_evaluator,
    )
    from .._base_.datasets.minipedes_text_retrieval import test_cfg, test_dataloader, test_evaluator
    from .._base_.models.plip_lite0 import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.text_reid_mini import (
        load_from_parts,
        optim_wrapper,
        param_scheduler,
        train_cfg,
    )

from plipdet.models.heads.pretext import IdentityContrastHead
from plipdet.models.heads.reid import IdentityClassificationHead
from plipdet.tasks import TextReIDTask

model["type"] = TextReIDTask
model["heads"] = dict(
    matching=dict(type=IdentityContrastHead, form="sdm", temperature=0.05),
    identity=dict(type=IdentityClassificationHead, loss_weight=0.5),
)
default_hooks["checkpoint"].update(save_best="rank1", rule="greater")
