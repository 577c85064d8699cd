"""VAL-PAT pre-training of ResNet-50 and BERT-base: objectives after VAL-PAT, details ours.

Its three objectives (arXiv 2304.05554) are self-supervised contrast, image-text contrast and the
classification of many attributes. Attribute labels come from the phrases:
python tools/data/phrases_to_attributes.py data
"""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.synth_pedes import train_dataloader
    from .._base_.datasets.two_views import two_views
    from .._base_.models.plip_r50_bert import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.plip_70e import optim_wrapper, param_scheduler, train_cfg

from plipdet.models.heads.pretext import (
    ImageTextContrastHead,
    MomentumContrastHead,
    MultiAttributeHead,
)

train_dataloader["dataset"]["source"]["label_file"] = "synthpedes_attributes.npz"
train_dataloader["dataset"]["pipeline"][1:3] = two_views
model["heads"] = dict(
    views=dict(type=MomentumContrastHead, queue_size=65536, momentum=0.999, temperature=0.1),
    pairs=dict(type=ImageTextContrastHead),
    attributes=dict(type=MultiAttributeHead, loss_weight=0.1),  # a sum over attributes
)
optim_wrapper["paramwise_cfg"]["custom_keys"]["log_scale"] = dict(decay_mult=0.0)
