"""Encoders, poolings and heads; importing the package registers them."""

from .backbones import Backbone, MMPretrainBackbone, PLIPResNet, TimmBackbone
from .detectors import (
    Detector,
    LastStageRegions,
    MoveNetDetector,
    PyramidRegions,
    RegionFeatures,
    TorchvisionDetector,
)
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
from .heads.search import BoxTextContrastHead, OIMHead, SearchHead
from .image_encoder import ImageEncoder
from .necks import (
    AttentionPooling,
    AveragePooling,
    BNNeck,
    GlobalAveragePooling,
    MaxPooling,
    MultiGranularityNeck,
    ReIDNeck,
    TwoLevelEmbedding,
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
    "BoxTextContrastHead",
    "CameraProxyHead",
    "CentreHead",
    "ClusterMemoryHead",
    "ColorizationHead",
    "CrossModalMaskedLanguageHead",
    "CrossModalProjectionHead",
    "Detector",
    "GlobalAveragePooling",
    "IdentityClassificationHead",
    "IdentityContrastHead",
    "ImageEncoder",
    "ImageTextContrastHead",
    "LastStageRegions",
    "MMPretrainBackbone",
    "MaxPooling",
    "MomentumContrastHead",
    "MoveNetDetector",
    "MultiAttributeHead",
    "MultiGranularityNeck",
    "OIMHead",
    "PLIPResNet",
    "PersonDataPreprocessor",
    "PretextHead",
    "PromptAttributeHead",
    "PyramidRegions",
    "ReIDClassificationHead",
    "ReIDHead",
    "ReIDNeck",
    "RegionFeatures",
    "SearchHead",
    "TimmBackbone",
    "TorchvisionDetector",
    "TripletHead",
    "TwoLevelEmbedding",
    "Views",
]
