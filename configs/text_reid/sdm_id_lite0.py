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
    from .._base_.models.plip_mini import model
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

from plipdet.models.backbones import TimmBackbone
from plipdet.models.heads.pretext import IdentityContrastHead
from plipdet.models.heads.reid import IdentityClassificationHead
from plipdet.tasks import TextReIDTask

model["type"] = TextReIDTask
model["heads"] = dict(
    matching=dict(type=IdentityContrastHead, form="sdm", temperature=0.05),
    identity=dict(type=IdentityClassificationHead, loss_weight=0.5),
)
model["image_encoder"]["backbone"] = dict(type=TimmBackbone, name="tf_efficientnet_lite0")
# Of ImageNet's pictures
model["data_preprocessor"].update(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
default_hooks["checkpoint"].update(save_best="rank1", rule="greater")
