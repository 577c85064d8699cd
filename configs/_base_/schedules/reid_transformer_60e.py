"""Re-ID of a transformer, a setting of ours: 60 epochs of AdamW, slower towards the input."""

from mmengine.optim import CosineAnnealingLR, LinearLR
from mmengine.runner import EpochBasedTrainLoop
from torch.optim import AdamW

from plipdet.engine.optim import PersonOptimWrapper

train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=60)
optim_wrapper = dict(
    type=PersonOptimWrapper,
    optimizer=dict(type=AdamW, lr=3.5e-4, weight_decay=0.05),
    paramwise_cfg=dict(layer_decay=0.75, norm_decay_mult=0.0, bias_decay_mult=0.0),
)
param_scheduler = [
    dict(type=LinearLR, start_factor=0.1, begin=0, end=5, by_epoch=True),
    dict(type=CosineAnnealingLR, eta_min=1e-7, begin=5, by_epoch=True, convert_to_iter_based=True),
]
