"""SearchQueries: who is searched for in which scenes, and where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class SearchQueries:
    """Q queries of a protocol of person search; scenes are rows of one ``SceneTable``.

    Lists of unequal length lie one behind the other: that of query q is
    ``[ends[q], ends[q + 1])``.

    Args:
        scenes: Scene that shows the query, int64, shape (Q,).
        boxes: Where, xyxy, px, float32, shape (Q, 4).
        person_ids: Who, int64, shape (Q,).
        gallery_ends: Ends of each query's gallery, int64, shape (Q + 1,), beginning with 0.
        gallery_scenes: Scenes to search in, each once for a query, int32.
        match_ends: Ends of each query's right answers, int64, shape (Q + 1,).
        match_scenes: Scene of the gallery that shows the person, each once for a query, int32.
        match_boxes: Where, xyxy, px, float32, shape (matches, 4).
        captions: Sentences about each query; ``None`` where the data have none.
        protocol: What of the rules changes a result, by name, to be written beside it.
    """

    scenes: np.ndarray
    boxes: np.ndarray
    person_ids: np.ndarray
    gallery_ends: np.ndarray
    gallery_scenes: np.ndarray
    match_ends: np.ndarray
    match_scenes: np.ndarray
    match_boxes: np.ndarray
    captions: Sequence[Sequence[str]] | None = None
    protocol: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = len(self.scenes)
        assert self.boxes.shape == (count, 4) and self.person_ids.shape == (count,), "one of each"
        for ends, items in (
            (self.gallery_ends, self.gallery_scenes),
            (self.match_ends, self.match_scenes),
        ):
            assert ends.shape == (count + 1,) and ends[0] == 0 and ends[-1] == len(items), "ends"
        assert self.match_boxes.shape == (len(self.match_scenes), 4), "a box for each match"
        assert self.captions is None or len(self.captions) == count, "sentences for each query"

    def __len__(self) -> int:
        return len(self.scenes)

    def gallery(self, q: int) -> np.ndarray:
        """Return the scenes to search in for query ``q``, int32."""
        return self.gallery_scenes[self.gallery_ends[q] : self.gallery_ends[q + 1]]

    def matches(self, q: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the scenes that show the person of query ``q``, and the box in each."""
        part = slice(self.match_ends[q], self.match_ends[q + 1])
        return self.match_scenes[part], self.match_boxes[part]
