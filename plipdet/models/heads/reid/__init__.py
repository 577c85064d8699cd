"""Heads of Re-ID, by sentence and by picture."""

from .camera_proxy_head import CameraProxyHead
from .centre_head import CentreHead
from .cluster_memory_head import ClusterMemoryHead
from .cross_modal_masked_language_head import CrossModalMaskedLanguageHead
from .cross_modal_projection_head import CrossModalProjectionHead
from .identity_classification_head import IdentityClassificationHead
from .proxy_memory import ProxyMemory
from .reid_classification_head import ReIDClassificationHead
from .reid_head import ReIDHead
from .triplet_head import TripletHead

__all__ = [
    "CameraProxyHead",
    "CentreHead",
    "ClusterMemoryHead",
    "CrossModalMaskedLanguageHead",
    "CrossModalProjectionHead",
    "IdentityClassificationHead",
    "ProxyMemory",
    "ReIDClassificationHead",
    "ReIDHead",
    "TripletHead",
]
