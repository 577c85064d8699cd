"""Metrics, and a baseline without learning."""

from .retrieval_metric import RetrievalMetric

__all__ = ["RetrievalMetric"]
