"""How much boxes overlap. Boxes are left, top, right, bottom in px, of shape (..., 4).

Shapes broadcast: ``boxes[:, None]`` with ``others[None]`` compares each with each.
"""

from __future__ import annotations

import numpy as np

_MARGIN = 10.0  # px by which a box may be too wide, and too high


def overlap(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return intersection over union, 0..1, float64; 0 for boxes without area."""
    shared = _shared(boxes, others)
    whole = _area(boxes) + _area(others) - shared
    return shared / np.where(whole > 0, whole, 1.0)


def share_inside(boxes: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Return the share of each box's area that lies in a region, 0..1, float64."""
    area = _area(boxes)
    return _shared(boxes, regions) / np.where(area > 0, area, 1.0)


def needed_overlap(boxes: np.ndarray) -> np.ndarray:
    """Return the overlap from which on a detection shows the person of an annotated box.

    0.5, and less for people who are small in the picture, of whom a few px are a large share:
    min(0.5, wh / ((w + 10)(h + 10))) with width w and height h of the annotated box, as the
    evaluation code of CUHK-SYSU (Xiao et al., CVPR 2017) has it, and all after it.
    """
    width, height = _sides(boxes)
    return np.minimum(0.5, width * height / ((width + _MARGIN) * (height + _MARGIN)))


def _sides(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    boxes = np.asarray(boxes, np.float64)
    sides = np.maximum(boxes[..., 2:] - boxes[..., :2], 0)
    return sides[..., 0], sides[..., 1]


def _area(boxes: np.ndarray) -> np.ndarray:
    width, height = _sides(boxes)
    return width * height


def _shared(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    boxes, others = np.asarray(boxes, np.float64), np.asarray(others, np.float64)
    begin = np.maximum(boxes[..., :2], others[..., :2])
    sides = np.maximum(np.minimum(boxes[..., 2:], others[..., 2:]) - begin, 0)
    return sides[..., 0] * sides[..., 1]
