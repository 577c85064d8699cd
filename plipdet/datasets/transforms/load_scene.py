"""LoadScene: from a scene to its pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from plipdet.datasets.stores import ImageStore
from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS
from plipdet.structures import Scene

from .decode_image import decode_image


@TRANSFORMS.register_module()
class LoadScene(BaseTransform):
    """Reads the whole picture of ``scene`` from the store ``images``, and clips ``boxes`` to it.

    Sets ``img`` (H, W, 3) uint8 RGB, ``img_shape`` and ``original_shape`` (H, W). See
    :func:`decode_image` for what is done with gray, CMYK, 16-bit, transparent and sideways
    pictures.

    Raises:
        UnreadableImageError: If the picture is missing or does not decode.
        InputError: If a box lies outside of the picture.
    """

    draws = False

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the picture to ``results``."""
        scene: Scene = results["scene"]
        store: ImageStore = results["images"]
        where = store.where(scene.image)
        image, size = decode_image(store.read(scene.image), where=where)
        results["img"] = image
        results["img_shape"] = results["original_shape"] = size
        results["boxes"] = _clipped(results["boxes"], size, where)
        return results


def _clipped(boxes: np.ndarray, size: tuple[int, int], where: str) -> np.ndarray:
    height, width = size
    limits = np.array([width, height, width, height], np.float32)
    found = boxes.clip(0, limits)
    outside = (found[:, 0] >= found[:, 2]) | (found[:, 1] >= found[:, 3])
    if outside.any():
        box = [round(float(value), 1) for value in boxes[outside.argmax()]]
        raise InputError(
            f"box {box} (x1, y1, x2, y2) holds no pixel of {where}, which is {width}x{height}; the "
            "picture is not the one that was annotated, or the annotation is wrong"
        )
    return found
