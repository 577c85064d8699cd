"""box_overlap: how much boxes of an annotation have in common."""

from __future__ import annotations

import numpy as np


def box_overlap(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return intersection over union of boxes.

    Args:
        first: xyxy, px, shape (N, 4).
        second: The same, shape (M, 4).

    Returns:
        Shape (N, M), 0..1; 0 for boxes without area.
    """
    low = np.maximum(first[:, None, :2], second[None, :, :2])  # (N, M, 2)
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = (high - low).clip(0).prod(axis=-1)  # (N, M)
    areas = [(boxes[:, 2:] - boxes[:, :2]).clip(0).prod(axis=-1) for boxes in (first, second)]
    union = areas[0][:, None] + areas[1][None] - shared
    return np.divide(shared, union, out=np.zeros_like(union), where=union > 0)
