"""VAL-PAT's three objectives (arXiv 2304.05554); their details are open, and these are ours."""

from plipdet.models.heads.pretext import (
    ImageTextContrastHead,
    MomentumContrastHead,
    MultiAttributeHead,
)

heads = dict(
    views=dict(type=MomentumContrastHead, queue_size=65536, momentum=0.999, temperature=0.1),
    pairs=dict(type=ImageTextContrastHead),
    labels=dict(type=MultiAttributeHead, loss_weight=0.1),  # a sum over attributes
)
