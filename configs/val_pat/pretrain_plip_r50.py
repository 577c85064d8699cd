"""PLIP's and VAL-PAT's objectives together, ResNet-50 and BERT-base.

Attribute labels come from the phrases: python tools/data/phrases_to_attributes.py data
"""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.synth_pedes import train_dataloader
    from .._base_.datasets.two_views import two_views
    from .._base_.models.plip_r50_bert import model
    from .._base_.models.val_pat_heads import heads
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.plip_70e import custom_hooks, optim_wrapper, param_scheduler, train_cfg

train_dataloader["dataset"]["source"]["label_file"] = "synthpedes_attributes.npz"
train_dataloader["dataset"]["pipeline"].insert(1, two_views[0])  # PLIP's view stays the first
model["heads"].update(heads)
optim_wrapper["paramwise_cfg"]["custom_keys"]["log_scale"] = dict(decay_mult=0.0)
