"""Pretext heads: the objectives of pre-training."""

from .attribute_prediction_head import AttributePredictionHead
from .colorization_head import ColorizationHead
from .identity_contrast_head import IdentityContrastHead
from .pretext_head import PretextHead

__all__ = [
    "AttributePredictionHead",
    "ColorizationHead",
    "IdentityContrastHead",
    "PretextHead",
]
