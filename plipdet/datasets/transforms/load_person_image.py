"""LoadPersonImage: from a row to the pixels of its person."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from plipdet.datasets.stores import FileStore, ImageStore
from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS

from .decode_image import Size, decode_image


@TRANSFORMS.register_module()
class LoadPersonImage(BaseTransform):
    """Reads the picture of ``row`` from the store ``images`` and cuts its box out if it has one.

    Sets ``img`` (H, W, 3) uint8 RGB and ``img_shape`` (H, W). See :func:`decode_image` for what
    is done with gray, CMYK, 16-bit, transparent and sideways pictures.

    Args:
        min_size: Height and width in px that the person needs, usually those of
            :class:`ResizePerson`: a JPEG in which it has more than twice as much is decoded at a
            fraction of its size, which is faster. The resized pixels then differ from those of a
            full decoding by about 0.5 of 255. ``None`` decodes everything in full.

    Raises:
        UnreadableImageError: If the picture is missing or does not decode.
        InputError: If the box lies outside of the picture.
    """

    draws = False

    def __init__(self, min_size: Sequence[int] | None = None) -> None:
        pair = isinstance(min_size, Sequence) and len(min_size) == 2
        if min_size is not None and not (pair and min(min_size) >= 1):
            raise InputError(
                f"min_size = {min_size} of LoadPersonImage; expected (height, width) in px, like "
                "(256, 128), or None"
            )
        self.min_size: Size | None = None if min_size is None else (min_size[0], min_size[1])

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the picture to ``results``."""
        row = results["row"]
        store: ImageStore = results.get("images") or FileStore(results["root"])
        where = store.where(row.image)
        data = store.read(row.image)
        image, whole = decode_image(data, where=where, min_size=self.min_size, box=row.box)
        if row.box is not None:
            image = _crop(image, row.box, whole, where)
        results["img"] = image
        results["img_shape"] = image.shape[:2]
        return results


def _crop(image: np.ndarray, box: list[float], whole: Size, where: str) -> np.ndarray:
    """Return the part of a picture inside a box, clipped to the picture.

    Args:
        image: The pixels, perhaps of a reduced picture, shape (H, W, 3).
        box: Corners xyxy, px of the whole picture.
        whole: Height and width of the whole picture, px.
        where: Where the picture comes from, for the message.
    """
    height, width = whole
    left, top = max(0, math.floor(box[0])), max(0, math.floor(box[1]))
    right, bottom = min(width, math.ceil(box[2])), min(height, math.ceil(box[3]))
    if left >= right or top >= bottom:
        raise InputError(
            f"box {[round(v, 1) for v in box]} (x1, y1, x2, y2) holds no pixel of {where}, which "
            f"is {width}x{height}; correct the annotation"
        )
    if image.shape[0] != height:
        down, across = image.shape[0] / height, image.shape[1] / width
        left, right = math.floor(left * across), math.ceil(right * across)
        top, bottom = math.floor(top * down), math.ceil(bottom * down)
    return image[top:bottom, left:right]
