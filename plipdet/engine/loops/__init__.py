"""Loops of the runner."""

from .retrieval_loop import RetrievalLoop

__all__ = ["RetrievalLoop"]
