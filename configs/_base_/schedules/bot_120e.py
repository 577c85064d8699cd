"""Bag of Tricks: 120 epochs of Adam, 10 of warm-up from a tenth, x0.1 after 40 and 70."""

from mmengine.optim import LinearLR, MultiStepLR
from mmengine.runner import EpochBasedTrainLoop
from torch.optim import Adam

from plipdet.engine.optim import PersonOptimWrapper

train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=120)
optim_wrapper = dict(
    type=PersonOptimWrapper,
    optimizer=dict(type=Adam, lr=3.5e-4, weight_decay=5e-4),
)
param_scheduler = [
    dict(type=LinearLR, start_factor=0.1, end_factor=1.0, begin=0, end=10, by_epoch=True),
    dict(type=MultiStepLR, milestones=[40, 70], gamma=0.1, by_epoch=True),
]
