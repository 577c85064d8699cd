"""Detections: people that were found in one picture."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(slots=True)
class Detections:
    """R people of one picture, best first.

    Args:
        boxes: Left, top, right, bottom, px of the original picture, float32, shape (R, 4).
        scores: How sure it is that this is a person, 0..1, float32, shape (R,), descending.
        embeddings: Who or what it looks like, L2-normalised, float32, shape (R, D); ``None`` where
            only boxes were asked for.
    """

    boxes: Tensor
    scores: Tensor
    embeddings: Tensor | None = None

    def __post_init__(self) -> None:
        rows = len(self.scores)
        assert self.boxes.shape == (rows, 4), "a box for each score"
        assert self.embeddings is None or len(self.embeddings) == rows, "an embedding for each box"

    @classmethod
    def none(cls, *, width: int | None = None) -> Detections:
        """Return the detections of a picture without people.

        Args:
            width: D; ``None`` for detections without embeddings.
        """
        embeddings = None if width is None else torch.zeros(0, width)
        return cls(torch.zeros(0, 4), torch.zeros(0), embeddings)

    def __len__(self) -> int:
        return len(self.scores)

    def select(self, rows: Tensor) -> Detections:
        """Return some of them: indices, or a mask of shape (R,)."""
        embeddings = None if self.embeddings is None else self.embeddings[rows]
        return Detections(self.boxes[rows], self.scores[rows], embeddings)

    def cpu(self) -> Detections:
        """Return them in the memory of the CPU, without gradient."""
        found = self.embeddings
        return Detections(
            self.boxes.detach().cpu(),
            self.scores.detach().cpu(),
            None if found is None else found.detach().cpu(),
        )
