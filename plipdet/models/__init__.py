"""Encoders, poolings and heads; importing the package registers them."""

from .backbones import Backbone, MMPretrainBackbone, PLIPResNet, TimmBackbone
from .heads.attribute import AttributeHead, PromptAttributeHead
from .heads.pretext import (
    AttributePredictionHead,
    ColorizationHead,
    IdentityContrastHead,
    ImageTextContrastHead,
    MomentumContrastHead,
    MultiAttributeHead,
    PretextHead,
)
from .heads.reid import (
    CameraProxyHead,
    CentreHead,
    ClusterMemoryHead,
    CrossModalMaskedLanguageHead,
    CrossModalProjectionHead,
    IdentityClassificationHead,
    ReIDClassificationHead,
    ReIDHead,
    TripletHead,
)
from .image_encoder import ImageEncoder
from .necks import (
    AttentionPooling,
    AveragePooling,
    BNNeck,
    GlobalAveragePooling,
    MaxPooling,
    MultiGranularityNeck,
    ReIDNeck,
)
from .person_data_preprocessor import PersonDataPreprocessor
from .text_encoders import BertTextEncoder
from .views import Views

__all__ = [
    "AttentionPooling",
    "AttributeHead",
    "AttributePredictionHead",
    "AveragePooling",
    "BNNeck",
    "Backbone",
    "BertTextEncoder",
    "CameraProxyHead",
    "CentreHead",
    "ClusterMemoryHead",
    "ColorizationHead",
    "CrossModalMaskedLanguageHead",
    "CrossModalProjectionHead",
    "GlobalAveragePooling",
    "IdentityClassificationHead",
    "IdentityContrastHead",
    "ImageEncoder",
    "ImageTextContrastHead",
    "MMPretrainBackbone",
    "MaxPooling",
    "MomentumContrastHead",
    "MultiAttributeHead",
    "MultiGranularityNeck",
    "PLIPResNet",
    "PersonDataPreprocessor",
    "PretextHead",
    "PromptAttributeHead",
    "ReIDClassificationHead",
    "ReIDHead",
    "ReIDNeck",
    "TimmBackbone",
    "TripletHead",
    "Views",
]
