"""Bag of Tricks on MSMT17, from PLIP's Swin-B."""

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
    from .._base_.schedules.reid_transformer_60e import optim_wrapper, param_scheduler, train_cfg

from plipdet.datasets.sources import Msmt17
from plipdet.models.backbones import TimmBackbone

for _loader in (train_dataloader, *test_dataloader.values()):
    _loader["dataset"]["source"]["type"] = Msmt17
model["image_encoder"]["backbone"] = dict(
    type=TimmBackbone, name="swin_base_patch4_window7_224", img_size=(256, 128)
)
model["image_encoder"]["embed_dim"] = 1024
# With the weights come the mean and deviation that their pictures were normalised by.
load_from_parts = ["image_encoder.backbone.", "data_preprocessor."]
