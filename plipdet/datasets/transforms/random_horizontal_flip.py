"""RandomHorizontalFlip: the only augmentation of PLIP's pre-training."""

from __future__ import annotations

from typing import Any

import numpy as np
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
    stepwise = True  # it does not look at the picture

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

    def transform_all(self, samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Do for many samples what :meth:`transform` does for each."""
        seeds, epochs, items = zip(*(results["sample"] for results in samples), strict=True)
        if len({*seeds}) > 1 or len({*epochs}) > 1 or any("flip" in r for r in samples):
            return [self.transform(results) for results in samples]
        drawn, _ = item_draws(seeds[0], epochs[0], np.array(items, np.uint64), stream=_FIRST)
        for results, flip in zip(samples, (drawn < self.prob).tolist(), strict=True):
            results["flip"] = flip
        return samples
