"""Zero-shot image-to-image retrieval on Market-1501: PLIP with ResNet-50."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.market1501_retrieval import test_cfg, test_dataloader, test_evaluator
    from .._base_.models.plip_r50_bert import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
