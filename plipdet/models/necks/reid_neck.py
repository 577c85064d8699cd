"""ReIDNeck: what a Re-ID task asks of a neck."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import ClassVar

from torch import nn

from plipdet.structures import ImageFeatures, ReIDFeatures


class ReIDNeck(nn.Module, ABC):
    """Features of a picture to those that Re-ID losses read and retrieval compares.

    A subclass whose constructor has an argument named ``in_dim`` gets the width of the encoder's
    embedding when its config leaves it out; one with ``backbone`` gets the encoder's backbone, to
    look at or copy, not to keep.

    Attributes:
        uses: Outputs of the image encoder that are read, among "image.embedding", "image.stages"
            and "image.last_stage"; what only the others depend on is frozen.
        metric_dims: Width of each feature in :attr:`ReIDFeatures.metric`.
        classified_dims: Width of each feature in :attr:`ReIDFeatures.classified`.
        embed_dim: Width of :attr:`ReIDFeatures.embedding`.
    """

    uses: ClassVar[frozenset[str]]
    metric_dims: tuple[int, ...]
    classified_dims: tuple[int, ...]
    embed_dim: int

    @abstractmethod
    def forward(self, features: ImageFeatures) -> ReIDFeatures:
        """Return the Re-ID features of B pictures."""

    @abstractmethod
    def freeze_unused(self, *, metric: bool, classified: bool) -> None:
        """Freeze what no head reads, so that every trainable parameter gets a gradient.

        Args:
            metric: Whether a head reads the features for distances.
            classified: Whether a head reads the features for classifiers.
        """

    def encoder_loaded(self, backbone: nn.Module, loaded: Collection[str]) -> None:
        """Begin with the weights that the backbone has got, if some of the neck's are copies.

        Args:
            backbone: Of the image encoder, after weights were loaded.
            loaded: Names of the neck's own weights that were loaded.
        """
        return
