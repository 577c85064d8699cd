"""Bag of Tricks on CUHK03 with detected boxes, from PLIP's ResNet-50."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.image_reid import train_dataloader
    from .._base_.datasets.market1501_retrieval import test_cfg, test_dataloader, test_evaluator
    from .._base_.models.bot_r50 import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.bot_120e import optim_wrapper, param_scheduler, train_cfg

from plipdet.datasets.sources import Cuhk03

for _loader in (train_dataloader, *test_dataloader.values()):
    _loader["dataset"]["source"].update(type=Cuhk03, detected=True)
# With the weights come the mean and deviation that their pictures were normalised by.
load_from_parts = ["image_encoder.backbone.", "data_preprocessor."]
