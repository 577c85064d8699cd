"""VAL-PAT pre-training small enough for two cores, on MiniPedes: details ours.

Attribute labels come from the phrases: python tools/data/phrases_to_attributes.py data/minipedes
"""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.minipedes import train_dataloader
    from .._base_.datasets.two_views import two_views
    from .._base_.models.plip_mini import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.mini import optim_wrapper, param_scheduler, train_cfg

from plipdet.models.heads.pretext import (
    ImageTextContrastHead,
    MomentumContrastHead,
    MultiAttributeHead,
)

train_dataloader["dataset"]["source"]["label_file"] = "synthpedes_attributes.npz"
two_views[0]["transforms"][0]["size"] = (128, 64)
two_views[1]["size"] = (128, 64)
train_dataloader["dataset"]["pipeline"][1:3] = two_views
# Some hundred steps: a copy that follows in tens of them, a queue that they fill several times.
model["heads"] = dict(
    views=dict(
        type=MomentumContrastHead, dim=128, queue_size=2048, momentum=0.99, temperature=0.1
    ),
    pairs=dict(type=ImageTextContrastHead),
    attributes=dict(type=MultiAttributeHead, loss_weight=0.1),  # a sum over attributes
)
optim_wrapper["paramwise_cfg"]["custom_keys"]["log_scale"] = dict(decay_mult=0.0)
