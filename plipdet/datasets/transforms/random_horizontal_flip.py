"""RandomHorizontalFlip: the only augmentation of PLIP's pre-training."""

from __future__ import annotations

from typing import Any

import cv2
from mmcv.transforms import BaseTransform

from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomHorizontalFlip(BaseTransform):
    """Mirrors ``img`` left to right now and then.

    Args:
        prob: Probability of a mirrored picture, 0..1.
    """

    def __init__(self, prob: float = 0.5) -> None:
        if not 0 <= prob <= 1:
            raise InputError(f"prob = {prob} of RandomHorizontalFlip; expected 0..1")
        self.prob = prob

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Mirror the picture, or not, as the sample's own randomness says."""
        if results["rng"].random() < self.prob:
            results["img"] = cv2.flip(results["img"], 1)
        return results
