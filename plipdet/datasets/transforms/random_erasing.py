"""RandomErasing: a rectangle of the picture painted over, as by an occlusion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from plipdet.datasets.picture_stack import room_in_stack
from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS

from .fill_color import check_color

_ATTEMPTS = 100


@TRANSFORMS.register_module()
class RandomErasing(BaseTransform):
    """Paints over a random rectangle of ``img``.

    Zhong et al., "Random Erasing Data Augmentation", AAAI 2020, Algorithm 1, with the values that
    "Bag of Tricks" (Luo et al., CVPRW 2019) takes. Place it after all that moves the picture; a
    mirror image, made on the device, is erased with it.

    Args:
        prob: Probability of an erased picture, 0..1.
        area: Least and greatest share of the picture's area, 0..1.
        ratio: Least ratio of height to width; the greatest is its inverse. Above 0, at most 1.
        fill: Colour, R, G and B, 0..255; the mean of the data makes 0 of it after normalisation.
            The default is SYNTH-PEDES's.

    Raises:
        InputError: If a value is outside of its range.
    """

    def __init__(
        self,
        prob: float = 0.5,
        *,
        area: Sequence[float] = (0.02, 0.4),
        ratio: float = 0.3,
        fill: Sequence[int] = (91, 82, 84),
    ) -> None:
        if not 0 <= prob <= 1:
            raise InputError(f"prob = {prob} of RandomErasing; expected 0..1")
        if len(area) != 2 or not 0 < area[0] <= area[1] < 1:
            raise InputError(f"area = {area} of RandomErasing; expected (least, greatest) in 0..1")
        if not 0 < ratio <= 1:
            raise InputError(f"ratio = {ratio} of RandomErasing; expected above 0 and up to 1")
        self.prob = prob
        self.area = (float(area[0]), float(area[1]))
        self.ratio = ratio
        self.fill = check_color(fill, "RandomErasing")

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Paint over a part of the picture, or not."""
        rng: np.random.Generator = results["rng"]
        if rng.random() >= self.prob:
            return results
        part = self._draw(rng, *results["img"].shape[:2])
        if part is None:
            return results
        before: np.ndarray = results["img"]
        image = room_in_stack(results, before)
        if image is None:
            image = before.copy()
        elif not np.may_share_memory(image, before):
            image[...] = before
        image[part] = self.fill
        results["img"] = image
        return results

    def _draw(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[slice, slice] | None:
        """Return rows and columns of a rectangle that fits, ``None`` if none is found."""
        for _ in range(_ATTEMPTS):
            area = rng.uniform(*self.area) * height * width
            ratio = rng.uniform(self.ratio, 1 / self.ratio)
            rows, columns = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
            if 0 < rows < height and 0 < columns < width:
                top = int(rng.integers(height - rows + 1))
                left = int(rng.integers(width - columns + 1))
                return slice(top, top + rows), slice(left, left + columns)
        return None
