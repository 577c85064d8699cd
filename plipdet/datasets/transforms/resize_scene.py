"""ResizeScene: scenes to about one size, without changing their ratio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS


@TRANSFORMS.register_module()
class ResizeScene(BaseTransform):
    """Resizes ``img`` and its ``boxes``; height and width keep their ratio, up to rounding.

    Args:
        size: The shorter side is to have the first, unless the longer would then pass the second,
            px. (900, 1500) is common for person search.

    Raises:
        InputError: If the size has no meaning.
    """

    draws = False

    def __init__(self, size: Sequence[int] = (900, 1500)) -> None:
        if len(size) != 2 or not 1 <= size[0] <= size[1]:
            raise InputError(
                f"size = {tuple(size)} of ResizeScene; expected (shorter side, most of the longer "
                "side) in px, like (900, 1500)"
            )
        self.size = (int(size[0]), int(size[1]))

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace the picture, and move the boxes with it."""
        before = results["img"].shape[:2]
        results["img"] = resized_scene(results["img"], self.size)
        after = results["img_shape"] = results["img"].shape[:2]
        down, across = after[0] / before[0], after[1] / before[1]
        results["boxes"] = results["boxes"] * np.array([across, down, across, down], np.float32)
        return results


def resized_scene(image: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Return a picture whose shorter and longer side are as :class:`ResizeScene` has them.

    A smaller picture is the mean of what each pixel stands for, a larger one is interpolated
    between pixels.

    Args:
        image: Shape (H, W, 3).
        size: Of the shorter side, and most of the longer one, px.
    """
    sides = image.shape[:2]
    scale = min(size[0] / min(sides), size[1] / max(sides))
    height, width = (max(1, round(side * scale)) for side in sides)
    if (height, width) == sides:
        return image
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(image, (width, height), interpolation=method)
