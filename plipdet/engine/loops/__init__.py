"""Loops of the runner."""

from .attribute_loop import AttributeLoop
from .resumable_epoch_loop import ResumableEpochLoop
from .resumable_iter_loop import ResumableIterLoop
from .resumable_loop import ResumableLoop
from .retrieval_loop import RetrievalLoop

__all__ = [
    "AttributeLoop",
    "ResumableEpochLoop",
    "ResumableIterLoop",
    "ResumableLoop",
    "RetrievalLoop",
]
