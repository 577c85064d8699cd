"""Heads of Re-ID, by sentence and by picture."""

from .centre_head import CentreHead
from .cross_modal_masked_language_head import CrossModalMaskedLanguageHead
from .cross_modal_projection_head import CrossModalProjectionHead
from .identity_classification_head import IdentityClassificationHead
from .reid_classification_head import ReIDClassificationHead
from .reid_head import ReIDHead
from .triplet_head import TripletHead

__all__ = [
    "CentreHead",
    "CrossModalMaskedLanguageHead",
    "CrossModalProjectionHead",
    "IdentityClassificationHead",
    "ReIDClassificationHead",
    "ReIDHead",
    "TripletHead",
]
