"""scenes_of_pictures: pictures at hand as a batch of scenes nobody has annotated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from plipdet.errors import InputError
from plipdet.structures import SceneBatch

from .collate_scenes import padded_pictures
from .transforms.resize_scene import resized_scene


def scenes_of_pictures(
    pictures: Sequence[np.ndarray], *, size: Sequence[int] | None = (900, 1500)
) -> SceneBatch:
    """Return a batch without boxes, for a task to find people in.

    Args:
        pictures: RGB, uint8, each of shape (H, W, 3); sizes may differ.
        size: As of :class:`plipdet.datasets.transforms.ResizeScene`, ``None`` for the size that
            the pictures have.

    Raises:
        InputError: If there is no picture, or one is of another shape or type.
    """
    if not pictures:
        raise InputError("there is no picture to find people in")
    for number, picture in enumerate(pictures):
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
            raise InputError(
                f"picture {number} (from 0) has the shape {picture.shape} and the type "
                f"{picture.dtype}; expected RGB of shape (H, W, 3), uint8"
            )
        if not picture.size:
            raise InputError(f"picture {number} (from 0) has no pixels: shape {picture.shape}")
    shown = [picture if size is None else resized_scene(picture, size) for picture in pictures]
    return SceneBatch(
        rows=torch.arange(len(pictures)),
        images=padded_pictures(shown),
        sizes=torch.tensor([picture.shape[:2] for picture in shown]),
        original_sizes=torch.tensor([picture.shape[:2] for picture in pictures]),
        flips=torch.zeros(len(pictures), dtype=torch.bool),
        boxes=torch.zeros(0, 4),
        box_images=torch.zeros(0, dtype=torch.int64),
        person_ids=torch.zeros(0, dtype=torch.int64),
        ignored=torch.zeros(0, dtype=torch.bool),
    )
