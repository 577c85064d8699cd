"""Detector: what finds people in whole pictures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.structures import Detections
from plipdet.weight_files import read_weight_file


def detector_weights(path: str | Path, detector: str) -> Mapping[Any, Any]:
    """Read the file of a detector's weights.

    Raises:
        InputError: As :func:`plipdet.weight_files.read_weight_file`, and it says that the file is
            the detector's and not the one to test.
    """
    try:
        return read_weight_file(path)
    except InputError as error:
        raise InputError(f"weights of {detector}, the detector: {error}") from error


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
