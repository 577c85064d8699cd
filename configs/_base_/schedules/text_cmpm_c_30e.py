"""PLIP's fine-tuning with CMPM/C: 30 epochs, lr 1e-4, classifier x10, x0.1 at 20, 5 of warm-up.

The paper names no optimizer; Adam without decay is that of CMPM/C (Zhang and Lu, ECCV 2018).
"""

from mmengine.optim import LinearLR, MultiStepLR
from mmengine.runner import EpochBasedTrainLoop
from torch.optim import Adam

from plipdet.engine.optim import PersonOptimWrapper

train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=30)
optim_wrapper = dict(
    type=PersonOptimWrapper,
    optimizer=dict(type=Adam, lr=1e-4),
    paramwise_cfg=dict(custom_keys={"heads": dict(lr_mult=10)}),
)
param_scheduler = [
    # lr = base * (epoch + 1) / 5
    dict(type=LinearLR, start_factor=0.2, end_factor=1.0, begin=0, end=5, by_epoch=True),
    dict(type=MultiStepLR, milestones=[20], gamma=0.1, by_epoch=True),
]
load_from_parts = ["data_preprocessor.", "image_encoder.", "text_encoder."]
