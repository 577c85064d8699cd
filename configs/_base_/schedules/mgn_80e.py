"""MGN: 80 epochs of SGD, x0.1 after 40 and 60."""

from mmengine.optim import MultiStepLR
from mmengine.runner import EpochBasedTrainLoop
from torch.optim import SGD

from plipdet.engine.optim import PersonOptimWrapper

train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=80)
optim_wrapper = dict(
    type=PersonOptimWrapper,
    optimizer=dict(type=SGD, lr=0.01, momentum=0.9, weight_decay=5e-4),
)
param_scheduler = [dict(type=MultiStepLR, milestones=[40, 60], gamma=0.1, by_epoch=True)]
