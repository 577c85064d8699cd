"""Ablation on MiniPedes, VAL-PAT's objectives: many attributes alone."""

from mmengine.config import read_base

with read_base():
    from ..._base_.datasets.minipedes import train_dataloader
    from ..._base_.datasets.two_views_mini import two_views
    from ..._base_.models.plip_mini import model
    from ..._base_.models.val_pat_heads_mini import heads
    from ..._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from ..._base_.schedules.mini import optim_wrapper, param_scheduler, train_cfg

train_dataloader["dataset"]["source"]["label_file"] = "synthpedes_attributes.npz"
train_dataloader["dataset"]["pipeline"][1:3] = two_views
model["heads"] = dict(labels=heads["labels"])
