"""RandomFlipScene: a scene and its people mirrored."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomFlipScene(BaseTransform):
    """Mirrors ``img`` and ``boxes`` left to right, or not; ``flip`` says which.

    It costs nothing: the picture is copied into its batch anyway.

    Args:
        prob: Probability of a mirrored picture, 0..1.

    Raises:
        InputError: If it is none.
    """

    def __init__(self, prob: float = 0.5) -> None:
        if not 0 <= prob <= 1:
            raise InputError(f"prob = {prob} of RandomFlipScene; expected 0..1")
        self.prob = prob

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Mirror the picture, or not."""
        rng: np.random.Generator = results["rng"]
        if rng.random() >= self.prob:
            return results
        image, boxes = results["img"], results["boxes"]
        width = np.float32(image.shape[1])
        results["img"] = image[:, ::-1]
        results["boxes"] = np.stack(
            [width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], axis=1
        )
        results["flip"] = not results.get("flip", False)
        return results
