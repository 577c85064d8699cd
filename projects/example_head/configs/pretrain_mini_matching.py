"""MiniPedes pre-training with PLIP's contrast and the matching head of this project."""

from mmengine.config import read_base

with read_base():
    from ....configs._base_.datasets.minipedes import train_dataloader
    from ....configs._base_.models.plip_mini import model
    from ....configs._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from ....configs._base_.schedules.mini import optim_wrapper, param_scheduler, train_cfg

from projects.example_head.image_text_matching_head import ImageTextMatchingHead

model["heads"] = dict(
    contrast=model["heads"]["contrast"],
    matching=dict(type=ImageTextMatchingHead, loss_weight=0.5),
)
