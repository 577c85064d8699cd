"""PLIP of the paper: modified ResNet-50, max pooling, BERT-base, three pretext heads."""

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
        backbone=dict(type=PLIPResNet, depth=50),
        pooling=dict(type=MaxPooling),
        embed_dim=768,
    ),
    text_encoder=dict(
        type=BertTextEncoder, model="bert-base-uncased", freeze_layers=8, pooling="mean"
    ),
    heads=dict(
        contrast=dict(type=IdentityContrastHead, form="cmpm", loss_weight=1.0),
        colorization=dict(type=ColorizationHead, loss_weight=0.02),
        attributes=dict(type=AttributePredictionHead, loss_weight=0.1),
    ),
)
