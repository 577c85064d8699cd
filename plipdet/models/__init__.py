"""Encoders, poolings and heads; importing the package registers them."""

from .backbones import Backbone, MMPretrainBackbone, PLIPResNet, TimmBackbone
from .heads.pretext import (
    AttributePredictionHead,
    ColorizationHead,
    IdentityContrastHead,
    PretextHead,
)
from .image_encoder import ImageEncoder
from .necks import AttentionPooling, AveragePooling, MaxPooling
from .text_encoders import BertTextEncoder
from .views import Views

__all__ = [
    "AttentionPooling",
    "AttributePredictionHead",
    "AveragePooling",
    "Backbone",
    "BertTextEncoder",
    "ColorizationHead",
    "IdentityContrastHead",
    "ImageEncoder",
    "MMPretrainBackbone",
    "MaxPooling",
    "PLIPResNet",
    "PretextHead",
    "TimmBackbone",
    "Views",
]
