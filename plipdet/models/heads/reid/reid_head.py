"""ReIDHead: what a Re-ID task on pictures asks of a head."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from plipdet.structures import LossTerms, PersonBatch, ReIDFeatures

from ..loss_head import LossHead


class ReIDHead(LossHead, ABC):
    """One objective of Re-ID.

    A subclass whose constructor has arguments named ``metric_dims`` or ``classified_dims`` gets
    the neck's widths when its config leaves them out, and keeps them as attributes.

    Attributes:
        uses: What the loss reads of :class:`ReIDFeatures`, among "metric" and "classified"; what no
            head reads is frozen.

    Args:
        loss_weight: Factor of the loss in the task's sum.
    """

    uses: ClassVar[frozenset[str]]

    @abstractmethod
    def loss(self, features: ReIDFeatures, batch: PersonBatch) -> LossTerms:
        """Return the loss of a batch, before ``loss_weight``, and what to log.

        Args:
            features: What the neck made of the pictures.
            batch: The normalised batch on the device.
        """
