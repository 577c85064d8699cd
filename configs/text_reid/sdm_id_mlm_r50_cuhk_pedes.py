"""Fine-tuning on CUHK-PEDES with SDM, identities and masked words: ResNet-50 and BERT-base."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.cuhk_pedes_retrieval import test_cfg, test_dataloader, test_evaluator
    from .._base_.datasets.cuhk_pedes_text_reid import (
        train_dataloader,
        val_cfg,
        val_dataloader,
        val_evaluator,
    )
    from .._base_.models.plip_r50_bert import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.text_reid_60e import (
        load_from_parts,
        optim_wrapper,
        param_scheduler,
        train_cfg,
    )

from plipdet.datasets.transforms import RandomErasing, RandomPadCrop
from plipdet.models.heads.pretext import IdentityContrastHead
from plipdet.models.heads.reid import CrossModalMaskedLanguageHead, IdentityClassificationHead
from plipdet.tasks import TextReIDTask

model["type"] = TextReIDTask
model["heads"] = dict(
    matching=dict(type=IdentityContrastHead, form="sdm", temperature=0.02),
    identity=dict(type=IdentityClassificationHead, loss_weight=0.5),
    words=dict(type=CrossModalMaskedLanguageHead, loss_weight=1.0),
)
model["text_encoder"]["freeze_layers"] = 0
train_dataloader["dataset"]["pipeline"][3:3] = [dict(type=RandomPadCrop), dict(type=RandomErasing)]
default_hooks["checkpoint"].update(save_best="rank1", rule="greater")
