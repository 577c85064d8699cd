"""The paper's schedule (A.8.1): 70 epochs, Adan, 10 warm-up epochs, x0.1 at epochs 30 and 50."""

from mmengine.optim import LinearLR, MultiStepLR
from mmengine.runner import EpochBasedTrainLoop

from plipdet.engine.hooks import MaskCurriculumHook
from plipdet.engine.optim import Adan, PersonOptimWrapper

train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=70)
optim_wrapper = dict(
    type=PersonOptimWrapper,
    optimizer=dict(type=Adan, lr=2e-3, betas=(0.98, 0.92, 0.99), eps=1e-8, weight_decay=0.02),
    paramwise_cfg=dict(custom_keys={"text_encoder": dict(lr_mult=0.1)}),
)
param_scheduler = [
    # lr = base * (epoch + 1) / 10
    dict(type=LinearLR, start_factor=0.1, end_factor=1.0, begin=0, end=10, by_epoch=True),
    dict(type=MultiStepLR, milestones=[30, 50], gamma=0.1, by_epoch=True),
]
custom_hooks = [dict(type=MaskCurriculumHook, start=0.2, end=0.8, schedule="sqrt")]
