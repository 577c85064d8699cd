"""SearchResult: a person that was found, with pictures of them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from .found_person import FoundPerson


@dataclass(slots=True, frozen=True)
class SearchResult:
    """One result.

    Args:
        rank: From 1.
        similarity: Cosine to what was asked for, -1..1.
        person: Where and when.
        number: The person's number in the store.
    """

    rank: int
    similarity: float
    person: FoundPerson
    number: int

    def crop(self) -> np.ndarray:
        """Return the stored small picture of the person, RGB uint8, shape (H, W, 3)."""
        with Image.open(io.BytesIO(self.person.thumbnail)) as picture:
            return np.asarray(picture.convert("RGB"))

    def as_json(self) -> dict[str, Any]:
        """Return it without pictures, of plain types; the box is of the best view."""
        best = self.person.views[0]
        return {
            "rank": self.rank,
            "similarity": round(self.similarity, 4),
            "path": self.person.path,
            "frame": best.frame,
            "time": None if best.time is None else round(best.time, 3),
            "box": [round(v, 1) for v in best.box],
            "score": round(best.score, 3),
            "camera": self.person.camera,
            "track": self.person.track,
            "start": None if self.person.start is None else round(self.person.start, 3),
            "end": None if self.person.end is None else round(self.person.end, 3),
            "labels": list(self.person.labels),
            "id": self.number,
        }
