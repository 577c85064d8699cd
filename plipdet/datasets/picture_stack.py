"""PictureStack: the pictures of a batch, written where they are sent from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from torch.utils.data import get_worker_info

from .batch_transfer import buffers


class PictureStack:
    """Room for the pictures of one batch, so that nobody has to copy them together.

    ``results["stack"]`` is a stack and a picture's number in it. A transform that makes pictures
    of their last size may write them there, and :func:`plipdet.datasets.collate` takes the stack
    as it is, unless some of its pictures have been replaced.

    Args:
        count: Number of pictures.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._room: np.ndarray | None = None
        self._places: dict[int, np.ndarray] = {}

    def place(self, number: int, shape: tuple[int, int, int]) -> np.ndarray | None:
        """Return where to write a picture of bytes, uint8, shape (H, W, C).

        ``None`` if the first picture of the stack had another shape.
        """
        if self._room is None:
            self._room = picture_room((self._count, *shape), np.dtype(np.uint8))
        if self._room.shape[1:] != shape:
            return None
        place = self._places[number] = self._room[number]
        return place

    def whole(self, pictures: Sequence[np.ndarray]) -> np.ndarray | None:
        """Return the stack, shape (B, H, W, C), if these are all its pictures; else ``None``."""
        if len(pictures) != self._count:
            return None
        own = all(self._places.get(k) is picture for k, picture in enumerate(pictures))
        return self._room if own else None


def room_in_stack(
    results: dict[str, Any], image: np.ndarray, size: tuple[int, int] | None = None
) -> np.ndarray | None:
    """Return where the batch wants a sample's picture, ``None`` where nobody says.

    Args:
        results: Of the sample, perhaps with ``stack``.
        image: A picture of the same kind and channels as the one to be written.
        size: Height and width of that one; ``None`` for those of ``image``.
    """
    if "stack" not in results or image.dtype != np.uint8 or image.ndim != 3:
        return None
    stack, number = results["stack"]
    height, width = size or image.shape[:2]
    return stack.place(number, (height, width, image.shape[2]))


def picture_room(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return an array to fill; in a worker it lies in memory that is shared with the loader."""
    if get_worker_info() is None:
        return np.empty(shape, dtype)
    return buffers.take(math.prod(shape) * dtype.itemsize).view(dtype).reshape(shape)
