"""RandomPadCrop: a picture moved a little, as by an inaccurate detector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from plipdet.datasets.picture_stack import room_in_stack
from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS

from .fill_color import check_color


@TRANSFORMS.register_module()
class RandomPadCrop(BaseTransform):
    """Pads ``img`` on all sides and cuts a picture of the same size out at a random place.

    Luo et al., "Bag of Tricks", CVPRW 2019, section 2, step 3: 10 px of zeros.

    Args:
        padding: Width of the border, px.
        fill: Value of the border, R, G and B, 0..255.

    Raises:
        InputError: If the padding is negative, or a value is no byte.
    """

    def __init__(self, padding: int = 10, *, fill: Sequence[int] = (0, 0, 0)) -> None:
        if padding < 0:
            raise InputError(f"padding = {padding} of RandomPadCrop; expected 0 px or more")
        self.padding = padding
        self.fill = check_color(fill, "RandomPadCrop")

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace the picture by a moved one of the same size."""
        image: np.ndarray = results["img"]
        border = (self.padding,) * 4
        padded = cv2.copyMakeBorder(image, *border, cv2.BORDER_CONSTANT, value=self.fill)
        top, left = results["rng"].integers(2 * self.padding + 1, size=2).tolist()
        moved = padded[top : top + image.shape[0], left : left + image.shape[1]]
        place = room_in_stack(results, image)
        if place is not None:
            place[...] = moved
            moved = place
        results["img"] = moved
        return results
