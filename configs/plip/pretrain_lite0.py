"""PLIP pre-training of EfficientNet-Lite0, to compare with its ImageNet weights, MiniPedes."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.minipedes import train_dataloader
    from .._base_.models.plip_lite0 import model
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
