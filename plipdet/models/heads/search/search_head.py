"""SearchHead: what person search asks of a head over the people of a batch of scenes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from plipdet.structures import LossTerms

from ..loss_head import LossHead


@dataclass(slots=True)
class FoundPeople:
    """R people of a batch of scenes with what is known of them.

    Args:
        embeddings: Of unit length, shape (R, D).
        person_ids: Who it is, int64, shape (R,); -1 for people who are nobody of the data set.
        texts: Embedding of a sentence about each, of unit length, shape (R, D); ``None`` where
            no head reads sentences.
        described: Whether there is a sentence, bool, shape (R,); ``None`` with ``texts``.
    """

    embeddings: Tensor
    person_ids: Tensor
    texts: Tensor | None = None
    described: Tensor | None = None


class SearchHead(LossHead, ABC):
    """One objective on the embeddings of people in scenes.

    Attributes:
        reads_texts: Whether the head compares with sentences.

    Args:
        loss_weight: Factor of the loss in the task's sum.
    """

    reads_texts: ClassVar[bool] = False

    @abstractmethod
    def loss(self, people: FoundPeople) -> LossTerms:
        """Return the loss of a batch, before ``loss_weight``, and what to log.

        Args:
            people: Those of this rank: what was found where somebody is, or, for a head that reads
                texts, the annotated boxes.
        """
