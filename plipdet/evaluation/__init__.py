"""Metrics, re-ranking, and a baseline without learning."""

from .k_reciprocal_reranking import KReciprocalReranking
from .retrieval_metric import RetrievalMetric

__all__ = ["KReciprocalReranking", "RetrievalMetric"]
