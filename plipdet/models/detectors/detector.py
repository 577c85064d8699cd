"""Detector: what finds people in whole pictures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from torch import Tensor, nn

from plipdet.structures import Detections


class Detector(nn.Module, ABC):
    """Finds people, and says nothing of who they are.

    A detector brings its own resizing and normalisation: it sees pictures as they are on disk.
    """

    @abstractmethod
    def detect(self, pictures: Sequence[Tensor]) -> list[Detections]:
        """Return the people of each picture, without embeddings.

        Args:
            pictures: RGB, uint8 0..255, each of shape (3, H, W), sizes may differ.

        Returns:
            For each picture boxes in its px, best first.
        """
