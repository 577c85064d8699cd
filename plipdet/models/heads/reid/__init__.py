"""Heads of Re-ID, by sentence and by picture."""

from .cross_modal_masked_language_head import CrossModalMaskedLanguageHead
from .cross_modal_projection_head import CrossModalProjectionHead
from .identity_classification_head import IdentityClassificationHead

__all__ = [
    "CrossModalMaskedLanguageHead",
    "CrossModalProjectionHead",
    "IdentityClassificationHead",
]
