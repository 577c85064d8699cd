"""Poolings: the coarsest map to one vector."""

from .attention_pooling import AttentionPooling
from .average_pooling import AveragePooling
from .max_pooling import MaxPooling

__all__ = ["AttentionPooling", "AveragePooling", "MaxPooling"]
