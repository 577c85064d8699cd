"""Cluster Contrast: 50 epochs of Adam, clustered anew before each, x0.1 after 20 and 40."""

from mmengine.optim import MultiStepLR
from mmengine.runner import EpochBasedTrainLoop
from torch.optim import Adam

from plipdet.engine.hooks import PseudoLabelHook
from plipdet.engine.optim import PersonOptimWrapper

train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=50)
optim_wrapper = dict(
    type=PersonOptimWrapper,
    optimizer=dict(type=Adam, lr=3.5e-4, weight_decay=5e-4),
)
param_scheduler = [dict(type=MultiStepLR, milestones=[20, 40], gamma=0.1, by_epoch=True)]
custom_hooks = [dict(type=PseudoLabelHook, eps=0.4, min_samples=4, k1=30, k2=6, num_workers=8)]
