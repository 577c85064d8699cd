"""Loops of the runner."""

from .attribute_loop import AttributeLoop
from .person_search_loop import PersonSearchLoop
from .resumable_epoch_loop import ResumableEpochLoop
from .resumable_iter_loop import ResumableIterLoop
from .resumable_loop import ResumableLoop
from .retrieval_loop import RetrievalLoop

__all__ = [
    "AttributeLoop",
    "PersonSearchLoop",
    "ResumableEpochLoop",
    "ResumableIterLoop",
    "ResumableLoop",
    "RetrievalLoop",
]
