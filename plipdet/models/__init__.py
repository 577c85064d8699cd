"""Encoders, poolings and heads; importing the package registers them."""

from .backbones import Backbone, MMPretrainBackbone, PLIPResNet, TimmBackbone
from .heads.pretext import (
    AttributePredictionHead,
    ColorizationHead,
    IdentityContrastHead,
    PretextHead,
)
from .heads.reid import (
    CrossModalMaskedLanguageHead,
    CrossModalProjectionHead,
    IdentityClassificationHead,
)
from .image_encoder import ImageEncoder
from .necks import AttentionPooling, AveragePooling, MaxPooling
from .person_data_preprocessor import PersonDataPreprocessor
from .text_encoders import BertTextEncoder
from .views import Views

__all__ = [
    "AttentionPooling",
    "AttributePredictionHead",
    "AveragePooling",
    "Backbone",
    "BertTextEncoder",
    "ColorizationHead",
    "CrossModalMaskedLanguageHead",
    "CrossModalProjectionHead",
    "IdentityClassificationHead",
    "IdentityContrastHead",
    "ImageEncoder",
    "MMPretrainBackbone",
    "MaxPooling",
    "PLIPResNet",
    "PersonDataPreprocessor",
    "PretextHead",
    "TimmBackbone",
    "Views",
]
