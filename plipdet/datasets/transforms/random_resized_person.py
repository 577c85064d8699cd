"""RandomResizedPerson: a random part of a person at one size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS

from .resize_person import ResizePerson

_ATTEMPTS = 10


@TRANSFORMS.register_module()
class RandomResizedPerson(ResizePerson):
    """Cuts a random part out of ``img`` and resizes it, without keeping its ratio.

    The augmentation of self-supervised contrast, with the values that LUPerson found for people
    (Fu et al., CVPR 2021, section 3): a person shows whole or nearly so.

    Args:
        size: Height and width in px.
        area: Least and greatest share of the picture's area, above 0 and up to 1.
        ratio: Least and greatest ratio of height to width of the part, above 0. Where no part of
            such a ratio fits, the whole picture is taken.
        interpolation: As for :class:`ResizePerson`.

    Raises:
        InputError: If a value is outside of its range.
    """

    def __init__(
        self,
        size: Sequence[int] = (256, 128),
        *,
        area: Sequence[float] = (0.64, 1.0),
        ratio: Sequence[float] = (2.0, 3.0),
        interpolation: str = "bicubic",
    ) -> None:
        super().__init__(size, interpolation=interpolation)
        if len(area) != 2 or not 0 < area[0] <= area[1] <= 1:
            raise InputError(f"area = {area} of RandomResizedPerson; (least, greatest) in 0..1")
        if len(ratio) != 2 or not 0 < ratio[0] <= ratio[1]:
            raise InputError(f"ratio = {ratio} of RandomResizedPerson; (least, greatest) above 0")
        self.area = (float(area[0]), float(area[1]))
        self.ratio = (float(ratio[0]), float(ratio[1]))

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace the picture by a part of it."""
        image: np.ndarray = results["img"]
        rows, columns = self._draw(results["rng"], *image.shape[:2])
        results["img"] = image[rows, columns]
        return super().transform(results)

    def _draw(self, rng: np.random.Generator, height: int, width: int) -> tuple[slice, slice]:
        """Return rows and columns of a part that fits."""
        low, high = (math.log(value) for value in self.ratio)
        for _ in range(_ATTEMPTS):
            area = rng.uniform(*self.area) * height * width
            ratio = math.exp(rng.uniform(low, high))
            rows, columns = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
            if 0 < rows <= height and 0 < columns <= width:
                top = int(rng.integers(height - rows + 1))
                left = int(rng.integers(width - columns + 1))
                return slice(top, top + rows), slice(left, left + columns)
        return slice(0, height), slice(0, width)
