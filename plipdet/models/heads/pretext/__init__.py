"""Pretext heads: the objectives of pre-training."""

from .attribute_prediction_head import AttributePredictionHead
from .colorization_head import ColorizationHead
from .identity_contrast_head import IdentityContrastHead
from .image_text_contrast_head import ImageTextContrastHead
from .momentum_contrast_head import MomentumContrastHead
from .multi_attribute_head import MultiAttributeHead
from .pretext_head import PretextHead

__all__ = [
    "AttributePredictionHead",
    "ColorizationHead",
    "IdentityContrastHead",
    "ImageTextContrastHead",
    "MomentumContrastHead",
    "MultiAttributeHead",
    "PretextHead",
]
