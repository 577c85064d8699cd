"""Zero-shot text-to-image retrieval on CUHK-PEDES: first version's form."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.cuhk_pedes_retrieval import test_cfg, test_dataloader, test_evaluator
    from .._base_.models.plip_r50_bert import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )

from plipdet.models.necks import AttentionPooling

model["image_encoder"]["pooling"] = dict(type=AttentionPooling, num_heads=8, map_size=(8, 4))
model["text_encoder"].update(pooling="pooler", pretrained=False)  # a checkpoint brings them
