"""Person search on two cores: 4 epochs of AdamW, 50 warm-up steps and cosine decay."""

from mmengine.optim import CosineAnnealingLR, LinearLR
from mmengine.runner import EpochBasedTrainLoop
from torch.optim import AdamW

from plipdet.engine.optim import PersonOptimWrapper

train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=4)
optim_wrapper = dict(
    type=PersonOptimWrapper,
    optimizer=dict(type=AdamW, lr=3e-4, weight_decay=0.02, fused=True),
    clip_grad=dict(max_norm=10.0),
)
param_scheduler = [
    dict(type=LinearLR, start_factor=0.02, begin=0, end=50, by_epoch=False),
    dict(type=CosineAnnealingLR, eta_min=0.0, by_epoch=True, convert_to_iter_based=True),
]
