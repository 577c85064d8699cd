"""Re-ID without labels in 300 steps on two cores, clustered anew every 100 of them.

With twice as many the clusters get worse again, on MiniPedes: wrong ones are learnt.
The learning rate is less than half of what known identities bear, as wrong clusters are learnt too.
"""

from mmengine.optim import CosineAnnealingLR, LinearLR
from mmengine.runner import EpochBasedTrainLoop
from torch.optim import AdamW

from plipdet.engine.hooks import PseudoLabelHook
from plipdet.engine.optim import PersonOptimWrapper

train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=3)
optim_wrapper = dict(
    type=PersonOptimWrapper,
    optimizer=dict(type=AdamW, lr=2e-4, weight_decay=0.02, fused=True),
)
param_scheduler = [
    dict(type=LinearLR, start_factor=0.02, begin=0, end=50, by_epoch=False),
    dict(type=CosineAnnealingLR, eta_min=0.0, by_epoch=True, convert_to_iter_based=True),
]
# People have 8 pictures each there: fewer neighbours than the 30 of sets with some tens of them.
custom_hooks = [
    dict(type=PseudoLabelHook, eps=0.5, min_samples=3, k1=8, k2=3, num_workers=2),
]
