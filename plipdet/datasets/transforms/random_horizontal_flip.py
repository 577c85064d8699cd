"""RandomHorizontalFlip: the only augmentation of PLIP's pre-training."""

from __future__ import annotations

from typing import Any

from mmcv.transforms import BaseTransform

from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomHorizontalFlip(BaseTransform):
    """Decides whether ``img`` is to be mirrored left to right, which happens on the device.

    Sets ``flip``; :class:`plipdet.models.PersonDataPreprocessor` mirrors. So transforms after this
    one still see the picture as it was, and its cost does not fall on the loader.

    Args:
        prob: Probability of a mirrored picture, 0..1.
    """

    def __init__(self, prob: float = 0.5) -> None:
        if not 0 <= prob <= 1:
            raise InputError(f"prob = {prob} of RandomHorizontalFlip; expected 0..1")
        self.prob = prob

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Mirror the picture, or not, as the sample's own randomness says."""
        flip = bool(results["rng"].random() < self.prob)
        results["flip"] = results.get("flip", False) != flip
        return results
