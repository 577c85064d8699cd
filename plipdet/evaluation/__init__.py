"""Metrics, re-ranking, and a baseline without learning."""

from .attribute_metric import AttributeMetric
from .k_reciprocal_reranking import KReciprocalReranking
from .person_search_metric import PersonSearchMetric
from .retrieval_metric import RetrievalMetric

__all__ = ["AttributeMetric", "KReciprocalReranking", "PersonSearchMetric", "RetrievalMetric"]
