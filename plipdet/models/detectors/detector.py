"""Detector: what finds people in whole pictures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.structures import Detections
from plipdet.weight_files import file_hash, read_weight_file


class Detector(nn.Module, ABC):
    """Finds people, and says nothing of who they are.

    A detector brings its own resizing and normalisation: it sees pictures as they are on disk.

    Attributes:
        weights_path: File of its weights, ``None`` where there is none.
        weights_meta: What that file says of the training.
    """

    def __init__(self) -> None:
        super().__init__()
        self.weights_path: Path | None = None
        self.weights_meta: Mapping[str, Any] = {}

    def read_weights(self, path: str | Path) -> Mapping[Any, Any]:
        """Return what the file of its weights holds, and remember it for a test's protocol.

        Raises:
            InputError: As :func:`plipdet.weight_files.read_weight_file`, and it says that the file
                is the detector's and not the one to test.
        """
        try:
            content = read_weight_file(path)
        except InputError as error:
            raise InputError(f"weights of {type(self).__name__}, the detector: {error}") from error
        self.weights_path, self.weights_meta = Path(path), content.get("meta") or {}
        return content

    def weights_hash(self) -> str | None:
        """Return the SHA-256 of the file, hexadecimal; ``None`` where there is none."""
        return None if self.weights_path is None else file_hash(self.weights_path)

    @abstractmethod
    def detect(self, pictures: Sequence[Tensor]) -> list[Detections]:
        """Return the people of each picture, without embeddings.

        Args:
            pictures: RGB, uint8 0..255, each of shape (3, H, W), sizes may differ.

        Returns:
            For each picture boxes in its px, best first.
        """
