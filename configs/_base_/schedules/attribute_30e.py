"""Attributes: 30 epochs of Adam at 1e-4 and gradients of norm 10 at most, after Jia et al.

They lower the rate where the loss on test stays high; here it falls by a cosine, which looks at
no test data.
"""

from mmengine.optim import CosineAnnealingLR
from mmengine.runner import EpochBasedTrainLoop
from torch.optim import Adam

from plipdet.engine.optim import PersonOptimWrapper

train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=30)
optim_wrapper = dict(
    type=PersonOptimWrapper,
    optimizer=dict(type=Adam, lr=1e-4, weight_decay=5e-4),
    clip_grad=dict(max_norm=10.0),
)
param_scheduler = [
    dict(type=CosineAnnealingLR, eta_min=0.0, by_epoch=True, convert_to_iter_based=True),
]
