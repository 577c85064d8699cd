"""PLIP pre-training of EfficientNet-Lite0, to compare with its ImageNet weights, MiniPedes."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.minipedes import train_dataloader
    from .._base_.models.plip_mini import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.mini import (
        custom_hooks,
        optim_wrapper,
        param_scheduler,
        train_cfg,
    )

from plipdet.models.backbones import TimmBackbone

model["image_encoder"]["backbone"] = dict(type=TimmBackbone, name="tf_efficientnet_lite0")
# Of ImageNet's pictures
model["data_preprocessor"].update(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
