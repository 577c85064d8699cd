"""PretextHead: what the pre-training task asks of a head."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import ClassVar

from torch import nn

from plipdet.models.views import Views
from plipdet.structures import LossTerms, PersonBatch

from ..loss_head import LossHead


class PretextHead(LossHead, ABC):
    """One objective of pre-training.

    A subclass whose constructor has arguments named ``stage_channels``, ``image_dim``,
    ``text_dim`` or ``vocabulary_size`` gets them from the encoders when its config leaves them
    out, and keeps them as attributes so that the task can compare them. One named
    ``image_encoder`` gets that itself, to copy it.

    Attributes:
        uses: Outputs of the encoders that the loss depends on, among "image.stages",
            "image.last_stage" where only that map is read, "image.embedding", "text.tokens" and
            "text.embedding", whichever view they are of.
            Parameters behind outputs that no head uses are frozen, because distributed training
            waits for the gradient of every other.
        couples: Views, among "image", "gray" and "text", by whose embeddings the loss makes the
            samples of a batch depend on each other, as negatives do; empty for a mean of losses
            of single samples. Micro-batches ask for it: ``None`` says that nobody has thought of
            them.

    Args:
        loss_weight: Factor of the loss in the task's sum.
    """

    uses: ClassVar[frozenset[str]]
    couples: ClassVar[frozenset[str] | None] = None

    @abstractmethod
    def loss(self, views: Views, batch: PersonBatch) -> LossTerms:
        """Return the loss of a batch, before ``loss_weight``, and what to log.

        Args:
            views: The encoded views; reading one has it encoded.
            batch: The normalised batch on the device.
        """

    def encoder_loaded(self, image_encoder: nn.Module, loaded: Collection[str]) -> None:
        """Copy the encoder's weights again, where the head has a copy; they come from a file now.

        Args:
            image_encoder: The task's.
            loaded: Names of this head's weights that were in the file.
        """
        return
