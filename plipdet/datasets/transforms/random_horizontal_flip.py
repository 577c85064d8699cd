"""RandomHorizontalFlip: the only augmentation of PLIP's pre-training."""

from __future__ import annotations

from typing import Any

from mmcv.transforms import BaseTransform

from plipdet.datasets.item_draws import item_draws
from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS

_FIRST, _SECOND = 1, 2  # of this transform in a pipeline; caption choices draw from stream 0


@TRANSFORMS.register_module()
class RandomHorizontalFlip(BaseTransform):
    """Decides whether ``img`` is to be mirrored left to right, which happens on the device.

    Sets ``flip``; :class:`plipdet.models.PersonDataPreprocessor` mirrors. So transforms after this
    one still see the picture as it was, and its cost does not fall on the loader.

    Args:
        prob: Probability of a mirrored picture, 0..1.
    """

    draws = False

    def __init__(self, prob: float = 0.5) -> None:
        if not 0 <= prob <= 1:
            raise InputError(f"prob = {prob} of RandomHorizontalFlip; expected 0..1")
        self.prob = prob

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Mirror the picture, or not, as the sample's own randomness says."""
        before = results.get("flip")
        drawn, _ = item_draws(*results["sample"], stream=_SECOND if before is not None else _FIRST)
        results["flip"] = bool(before) != (drawn < self.prob)
        return results
