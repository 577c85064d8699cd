"""Text-based Re-ID after IRRA: 60 epochs, AdamW, 5 of warm-up, cosine decay, new parts x5."""

from mmengine.optim import CosineAnnealingLR, LinearLR
from mmengine.runner import EpochBasedTrainLoop
from torch.optim import AdamW

from plipdet.engine.optim import PersonOptimWrapper

train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=60)
optim_wrapper = dict(
    type=PersonOptimWrapper,
    optimizer=dict(type=AdamW, lr=1e-4, weight_decay=0.02),
    paramwise_cfg=dict(custom_keys={"heads": dict(lr_mult=5)}),
)
param_scheduler = [
    dict(type=LinearLR, start_factor=0.1, begin=0, end=5, convert_to_iter_based=True),
    dict(type=CosineAnnealingLR, eta_min=0.0, by_epoch=True, convert_to_iter_based=True),
]
load_from_parts = ["data_preprocessor.", "image_encoder.", "text_encoder."]
