"""SeqNet on CUHK-SYSU: 20 epochs of SGD, the first one warming up, x0.1 after 16."""

from mmengine.optim import LinearLR, MultiStepLR
from mmengine.runner import EpochBasedTrainLoop
from torch.optim import SGD

from plipdet.engine.optim import PersonOptimWrapper

train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=20)
optim_wrapper = dict(
    type=PersonOptimWrapper,
    optimizer=dict(type=SGD, lr=3e-3, momentum=0.9, weight_decay=5e-4),
    clip_grad=dict(max_norm=10.0),
)
param_scheduler = [
    dict(
        type=LinearLR,
        start_factor=1e-3,
        begin=0,
        end=1,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
    dict(type=MultiStepLR, milestones=[16], gamma=0.1, by_epoch=True),
]
