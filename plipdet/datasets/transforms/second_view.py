"""SecondView: another view of the same picture, for self-supervised contrast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmcv.transforms import BaseTransform

from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS, build


@TRANSFORMS.register_module()
class SecondView(BaseTransform):
    """Puts the picture, as it is now, through transforms of its own, which draw anew.

    Sets ``second_img`` and, if they decide on one, ``second_flip``; ``img`` stays as it was. Place
    it behind :class:`LoadPersonImage` and before what changes the first view.

    Args:
        transforms: Transforms or their configs, called in order.

    Raises:
        InputError: If there is none.
    """

    def __init__(self, transforms: Sequence[Any]) -> None:
        if not transforms:
            raise InputError("SecondView has no transforms, so both views would be the same")
        self.transforms = [build(step, TRANSFORMS) for step in transforms]

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the second view to ``results``."""
        # Without the stack, whose places are the first views'. A flip that has been decided makes
        # RandomHorizontalFlip draw other numbers than for the first view.
        second = {k: v for k, v in results.items() if k != "stack"}
        second["flip"] = False
        for step in self.transforms:
            second = step(second)
        results["second_img"] = second["img"]
        results["second_flip"] = second["flip"]
        return results
