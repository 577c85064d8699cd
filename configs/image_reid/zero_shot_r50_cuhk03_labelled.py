"""Zero-shot image-to-image retrieval on CUHK03 with boxes drawn by hand: PLIP with ResNet-50."""

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

from plipdet.datasets.sources import Cuhk03

for _loader in test_dataloader.values():
    _loader["dataset"]["source"].update(type=Cuhk03, detected=False)
