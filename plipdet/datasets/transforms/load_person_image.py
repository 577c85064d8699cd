"""LoadPersonImage: from a row to the pixels of its person."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS

_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"


@TRANSFORMS.register_module()
class LoadPersonImage(BaseTransform):
    """Reads the picture of ``row`` and cuts its box out where it has one.

    Sets ``img`` (H, W, 3) uint8 RGB, ``img_path`` (Path) and ``img_shape`` (H, W).

    Raises:
        InputError: If the file is missing or does not decode, or the box lies outside of it.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the picture to ``results``."""
        row = results["row"]
        path = Path(results["root"]) / row.image
        image = read_image(path)
        if row.box is not None:
            image = _crop(image, row.box, path)
        results.update(img=image, img_path=path, img_shape=image.shape[:2])
        return results


def read_image(path: Path) -> np.ndarray:
    """Return the pixels of a picture file, RGB uint8, shape (H, W, 3).

    Raises:
        InputError: If the file is missing, or no picture, or cut short.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(
            f"no image {path}; complete the download, or remove its record from the annotation"
        ) from error
    if data.startswith(_JPEG_START) and _JPEG_END not in data:
        # Some decoders fill the missing part of a cut JPEG with gray instead of failing.
        raise _unreadable(path, "it is cut short")
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if image is None:
        raise _unreadable(path, "it is no picture" if data else "it is empty")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _unreadable(path: Path, why: str) -> InputError:
    return InputError(
        f"image {path} cannot be read, {why}; re-download or delete it, and remove its record "
        "from the annotation when deleted"
    )


def _crop(image: np.ndarray, box: list[float], path: Path) -> np.ndarray:
    """Return the part of a picture inside a box (xyxy, px), clipped to the picture."""
    height, width = image.shape[:2]
    left, top = max(0, math.floor(box[0])), max(0, math.floor(box[1]))
    right, bottom = min(width, math.ceil(box[2])), min(height, math.ceil(box[3]))
    if left >= right or top >= bottom:
        raise InputError(
            f"box {[round(v, 1) for v in box]} (x1, y1, x2, y2) holds no pixel of {path}, which "
            f"is {width}x{height}; correct the annotation"
        )
    return image[top:bottom, left:right]
