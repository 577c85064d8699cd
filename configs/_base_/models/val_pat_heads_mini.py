"""VAL-PAT's three objectives for some hundred steps."""

from plipdet.models.heads.pretext import (
    ImageTextContrastHead,
    MomentumContrastHead,
    MultiAttributeHead,
)

# A copy that follows in tens of steps, a queue that is filled several times.
heads = dict(
    views=dict(type=MomentumContrastHead, queue_size=2048, momentum=0.99, temperature=0.1),
    pairs=dict(type=ImageTextContrastHead),
    labels=dict(type=MultiAttributeHead, loss_weight=0.1),  # a sum over attributes
)
