"""crop_jpeg: a small picture of a person, to be shown when the file is not at hand."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from .found_person import Box

_SIZE = (192, 384)  # px, width and height at most
_MARGIN = 0.08  # of the box's sides
_QUALITY = 85


def crop_jpeg(picture: np.ndarray, box: Box) -> bytes:
    """Return what a box holds, and a little around it, as a JPEG.

    Args:
        picture: RGB uint8, shape (H, W, 3).
        box: Left, top, right, bottom, px.
    """
    height, width = picture.shape[:2]
    left, top, right, bottom = box
    across, down = _MARGIN * (right - left), _MARGIN * (bottom - top)
    x1 = min(max(0, int(left - across)), width - 1)
    y1 = min(max(0, int(top - down)), height - 1)
    x2 = max(x1 + 1, min(width, int(np.ceil(right + across))))
    y2 = max(y1 + 1, min(height, int(np.ceil(bottom + down))))
    crop = Image.fromarray(np.ascontiguousarray(picture[y1:y2, x1:x2]))
    crop.thumbnail(_SIZE)
    file = io.BytesIO()
    crop.save(file, format="JPEG", quality=_QUALITY)
    return file.getvalue()
