"""AnnotatedScene: one whole picture as a data set's annotation tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

Box: TypeAlias = "tuple[float, float, float, float]"


@dataclass(slots=True)
class AnnotatedPerson:
    """One person of a scene.

    Args:
        box: Left, top, right, bottom, px.
        person_id: Who it is, ``None`` for people who are nobody of the data set.
        captions: Sentences that the annotation itself has.
    """

    box: Sequence[float]
    person_id: int | None = None
    captions: list[str] | None = None


@dataclass(slots=True)
class AnnotatedScene:
    """One whole picture.

    Args:
        name: What the annotation calls the picture.
        image: Its path, relative to the data set's folder.
        split: train, val or test.
        people: Everybody whose box the annotation has.
        camera_id: Camera, ``None`` where nobody knows.
        frame: Number of the picture among those of its camera, ``None`` where nobody knows.
        size: Height and width, px, where the annotation has them.
        ignored: Regions where nobody said who is there, xyxy, px.
    """

    name: str
    image: str
    split: str | None
    people: list[AnnotatedPerson] = field(default_factory=list)
    camera_id: int | None = None
    frame: int | None = None
    size: tuple[int, int] | None = None
    ignored: list[Sequence[float]] = field(default_factory=list)


def corners(box: Sequence[float]) -> Box:
    """Return left, top, right and bottom of a box given as left, top, width and height."""
    left, top, width, height = box
    return left, top, left + width, top + height


def inside(box: Sequence[float], size: tuple[int, int] | None) -> Box | None:
    """Return the part of a box that is inside the picture, ``None`` where there is none.

    Args:
        box: xyxy, px.
        size: Height and width of the picture, ``None`` if they are not known; then the right and
            the bottom edge stay where they are.
    """
    height, width = size or (np.inf, np.inf)
    left, top = max(0.0, float(box[0])), max(0.0, float(box[1]))
    right, bottom = min(float(width), float(box[2])), min(float(height), float(box[3]))
    return (left, top, right, bottom) if left < right and top < bottom else None
