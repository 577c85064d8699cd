"""Fine-tuning on CUHK-PEDES with CMPM and CMPC from the published weights (v1 of the paper)."""

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
    from .._base_.schedules.text_cmpm_c_30e import (
        load_from_parts,
        optim_wrapper,
        param_scheduler,
        train_cfg,
    )

from plipdet.models.heads.reid import CrossModalProjectionHead
from plipdet.models.necks import AttentionPooling
from plipdet.tasks import TextReIDTask

model["type"] = TextReIDTask
model["heads"] = dict(projection=dict(type=CrossModalProjectionHead))
model["image_encoder"]["pooling"] = dict(type=AttentionPooling, num_heads=8, map_size=(8, 4))
model["text_encoder"].update(pooling="pooler", freeze_layers=0)
default_hooks["checkpoint"].update(save_best="rank1", rule="greater")
