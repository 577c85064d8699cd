"""Candidates: the detections of many scenes as one array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from plipdet.errors import InputError
from plipdet.structures import Detections


@dataclass(frozen=True, slots=True)
class Candidates:
    """N people that were found in S scenes, scene by scene, the surest of a scene first.

    Args:
        boxes: Left, top, right, bottom, px of the picture on disk, float64, shape (N, 4).
        scores: How sure it is that this is a person, 0..1, float32, shape (N,).
        embeddings: Shape (N, D).
        ends: Those of scene s are ``[ends[s], ends[s + 1])``, int64, shape (S + 1,).
        searched: Scenes that were searched, bool, shape (S,).
    """

    boxes: np.ndarray
    scores: np.ndarray
    embeddings: Tensor
    ends: np.ndarray
    searched: np.ndarray

    @classmethod
    def of_scenes(
        cls, found: Sequence[Detections | None], *, width: int, threshold: float = 0.0
    ) -> Candidates:
        """Join the detections of scenes.

        Args:
            found: Of each scene, ``None`` where nobody has searched.
            width: D of the queries.
            threshold: Least score to be kept.

        Raises:
            InputError: If embeddings are of another width, or not finite.
        """
        empty = Detections.none(width=width)
        kept = []
        for one in found:
            sure = empty if one is None else one.select(one.scores >= threshold)
            kept.append(sure if len(sure) else empty)
        embeddings = [_of_width(one, width) for one in kept]
        return cls(
            torch.cat([one.boxes for one in kept]).double().numpy(),
            torch.cat([one.scores for one in kept]).float().numpy(),
            torch.cat(embeddings),
            np.cumsum([0, *(len(one) for one in kept)], dtype=np.int64),
            np.array([one is not None for one in found], bool),
        )

    def __len__(self) -> int:
        return len(self.scores)

    def scenes(self) -> np.ndarray:
        """Return the scene of each person, int64, shape (N,)."""
        return np.repeat(np.arange(len(self.searched)), np.diff(self.ends))

    def in_scene(self, scene: int) -> slice:
        """Return where the people of a scene are."""
        return slice(int(self.ends[scene]), int(self.ends[scene + 1]))


def _of_width(found: Detections, width: int) -> Tensor:
    assert found.embeddings is not None, "people are searched by their embeddings"
    if found.embeddings.shape[1] != width:
        raise InputError(
            f"people were found with embeddings of {found.embeddings.shape[1]} numbers, but those "
            f"of the queries have {width}; both must come from one model"
        )
    return found.embeddings
