"""FoundPerson: a person of a picture, or one walk of a person through a video."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

Box = tuple[float, float, float, float]


class View(NamedTuple):
    """A person at one moment.

    Attributes:
        frame: Number of the frame, from 0; 0 of a picture.
        time: Seconds from the start of the video, ``None`` of a picture.
        box: Left, top, right, bottom, px of the picture or frame.
        score: How sure the detector is, 0..1.
        quality: How well one sees the person, see :func:`view_quality`.
    """

    frame: int
    time: float | None
    box: Box
    score: float
    quality: float


class WalkState(NamedTuple):
    """What is needed to go on with a walk that is not over.

    Attributes:
        seen: In how many frames the person was found.
        last_frame: The last of them.
        last_box: The box there.
        step: How far the box moved a frame between its last two, right and down, px.
        weight: Length of the sum of embeddings whose direction the person's embedding is.
    """

    seen: int
    last_frame: int
    last_box: Box
    step: tuple[float, float]
    weight: float


@dataclass(slots=True, frozen=True)
class FoundPerson:
    """One result of a search.

    Args:
        path: File of the picture or video, absolute.
        views: Best first; one of a picture, a few of a walk.
        embedding: Of unit length, float32, shape (D,); of a walk the mean, by quality.
        thumbnail: JPEG of the best view.
        camera: As the user named it, ``None`` for no name.
        track: Number of the walk in its video, ``None`` in a picture.
        start: When the walk began, seconds from the start of the video, ``None`` in a picture.
        end: When the person was last seen.
        labels: What an attribute model says of the best view.
        walk: ``None`` once the walk is over.
    """

    path: str
    views: tuple[View, ...]
    embedding: np.ndarray
    thumbnail: bytes
    camera: str | None = None
    track: int | None = None
    start: float | None = None
    end: float | None = None
    labels: tuple[str, ...] = ()
    walk: WalkState | None = None


def view_quality(box: Box, score: float, size: tuple[int, int]) -> float:
    """Return how well a person is seen: large, surely a person, and not cut by the border.

    Args:
        box: Left, top, right, bottom, px.
        score: Of the detector, 0..1.
        size: Width and height of the picture, px.

    Returns:
        The score times the box's mean side in px, half of it where the box touches a side or the
        top of the picture; below, people are often cut, and recognised all the same.
    """
    left, top, right, bottom = box
    cut = left <= 1 or top <= 1 or right >= size[0] - 1
    side = (max(0.0, right - left) * max(0.0, bottom - top)) ** 0.5
    return float(score * side * (0.5 if cut else 1.0))
