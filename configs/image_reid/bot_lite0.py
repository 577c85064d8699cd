"""Bag of Tricks on MiniPedes with EfficientNet-Lite0, from PLIP's or from ImageNet's weights."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.minipedes_image_reid import train_dataloader
    from .._base_.datasets.minipedes_image_retrieval import (
        test_cfg,
        test_dataloader,
        test_evaluator,
    )
    from .._base_.models.bot_mini import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.reid_mini import optim_wrapper, param_scheduler, train_cfg

from plipdet.models.backbones import TimmBackbone
from plipdet.models.necks import GlobalAveragePooling

# With the weights come the mean and deviation that their pictures were normalised by.
load_from_parts = ["image_encoder.backbone.", "data_preprocessor."]

model["image_encoder"]["backbone"] = dict(type=TimmBackbone, name="tf_efficientnet_lite0")
# Without weights, which ImageNet's file would lack
model["image_encoder"]["pooling"] = dict(type=GlobalAveragePooling)
model["image_encoder"]["embed_dim"] = 320
