"""Text-based Re-ID on two cores: AdamW, an epoch of warm-up, cosine decay.

All of it scales with ``train_cfg.max_epochs``; an epoch of a tenth of the people has a tenth of the
steps.
"""

from mmengine.optim import CosineAnnealingLR, LinearLR
from mmengine.runner import EpochBasedTrainLoop
from torch.optim import AdamW

from plipdet.engine.optim import PersonOptimWrapper

train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=3)
optim_wrapper = dict(
    type=PersonOptimWrapper,
    optimizer=dict(type=AdamW, lr=5e-4, weight_decay=0.02, fused=True),
    paramwise_cfg=dict(custom_keys={"text_encoder": dict(lr_mult=0.1)}),
)
param_scheduler = [
    dict(type=LinearLR, start_factor=0.02, begin=0, end=1, convert_to_iter_based=True),
    dict(type=CosineAnnealingLR, eta_min=0.0, by_epoch=True, convert_to_iter_based=True),
]
load_from_parts = ["data_preprocessor.", "image_encoder.", "text_encoder."]
