"""scenes_of_pictures: pictures at hand as a batch of scenes nobody has annotated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from plipdet.errors import InputError
from plipdet.structures import SceneBatch

from .collate_scenes import collate_scenes
from .transforms import ResizeScene


def scenes_of_pictures(
    pictures: Sequence[np.ndarray],
    *,
    size: Sequence[int] | None = (900, 1500),
    largest: int | None = None,
    boxes: Sequence[np.ndarray] | None = None,
) -> SceneBatch:
    """Return a batch of strangers, for a task to find people in or to embed those in boxes.

    Args:
        pictures: RGB, uint8, each of shape (H, W, 3); sizes may differ.
        size: As of :class:`plipdet.datasets.transforms.ResizeScene`, ``None`` for the size that
            the pictures have.
        largest: With ``size=None``, what the longer side of a picture is made smaller to, px.
        boxes: Of each picture, in its pixels: left, top, right, bottom, shape (R, 4). Without
            them nobody is marked.

    Raises:
        InputError: If there is no picture, or one is of another shape or type.
    """
    if not pictures:
        raise InputError("there is no picture to find people in")
    samples: list[dict[str, Any]] = []
    for number, picture in enumerate(pictures):
        _check(number, picture)
        sides = picture.shape[:2]
        own = np.asarray(() if boxes is None else boxes[number], np.float32).reshape(-1, 4)
        sample = {
            "index": number,
            "img": picture,
            "original_shape": sides,
            "boxes": own,
            "person_ids": np.full(len(own), -1),
            "ignored": np.zeros(len(own), bool),
        }
        chosen = size
        if size is None and largest is not None and max(sides) > largest:
            chosen = (largest, largest)
        samples.append(sample if chosen is None else ResizeScene(chosen).transform(sample))
    return collate_scenes(samples)


def _check(number: int, picture: np.ndarray) -> None:
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise InputError(
            f"picture {number} (from 0) has the shape {picture.shape} and the type "
            f"{picture.dtype}; expected RGB of shape (H, W, 3), uint8"
        )
    if not picture.size:
        raise InputError(f"picture {number} (from 0) has no pixels: shape {picture.shape}")
