"""ResizePerson: all persons to one size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
from mmcv.transforms import BaseTransform

from plipdet.datasets.picture_stack import room_in_stack
from plipdet.errors import InputError, near
from plipdet.registry import TRANSFORMS

INTERPOLATIONS = {
    "nearest": cv2.INTER_NEAREST,
    "bilinear": cv2.INTER_LINEAR,
    "bicubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
    "lanczos": cv2.INTER_LANCZOS4,
}


@TRANSFORMS.register_module()
class ResizePerson(BaseTransform):
    """Resizes ``img`` without keeping its ratio, as is usual for person crops.

    Args:
        size: Height and width in px.
        interpolation: Key of nearest, bilinear, bicubic, area, lanczos.

    Raises:
        InputError: If the size or the interpolation has no meaning.
    """

    draws = False

    def __init__(self, size: Sequence[int] = (256, 128), *, interpolation: str = "bicubic") -> None:
        if len(size) != 2 or min(size) < 1:
            raise InputError(
                f"size = {tuple(size)}; expected (height, width) in px, like (256, 128)"
            )
        if interpolation not in INTERPOLATIONS:
            raise InputError(
                f"unknown interpolation {interpolation!r}{near(interpolation, INTERPOLATIONS)}; "
                f"one of {sorted(INTERPOLATIONS)}"
            )
        self.size = (int(size[0]), int(size[1]))
        self.interpolation = interpolation

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace the picture by one of the wanted size."""
        image = results["img"]
        if image.shape[:2] != self.size:
            size, code = self.size[::-1], INTERPOLATIONS[self.interpolation]
            place = room_in_stack(results, image, self.size)
            if place is None:
                results["img"] = cv2.resize(image, size, interpolation=code)
            else:
                cv2.resize(image, size, dst=place, interpolation=code)
                results["img"] = place
        results["img_shape"] = self.size
        return results
