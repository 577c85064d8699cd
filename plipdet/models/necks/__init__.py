"""Poolings, from the coarsest map to one vector, and necks of Re-ID."""

from .attention_pooling import AttentionPooling
from .average_pooling import AveragePooling
from .bn_neck import BNNeck
from .global_average_pooling import GlobalAveragePooling
from .max_pooling import MaxPooling
from .multi_granularity_neck import MultiGranularityNeck
from .reid_neck import ReIDNeck
from .two_level_embedding import TwoLevelEmbedding

__all__ = [
    "AttentionPooling",
    "AveragePooling",
    "BNNeck",
    "GlobalAveragePooling",
    "MaxPooling",
    "MultiGranularityNeck",
    "ReIDNeck",
    "TwoLevelEmbedding",
]
