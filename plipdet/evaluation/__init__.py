"""Metrics, the protocol written beside them, and a baseline without learning."""

from .protocol import EvaluationProtocol
from .retrieval_metric import RetrievalMetric

__all__ = ["EvaluationProtocol", "RetrievalMetric"]
