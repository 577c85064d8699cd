"""Evaluation as a plain NumPy program does it: sort the whole gallery for each query."""

from __future__ import annotations

import numpy as np


def plain_rates(
    query: np.ndarray,
    gallery: np.ndarray,
    *,
    query_ids: np.ndarray,
    gallery_ids: np.ndarray,
    query_cameras: np.ndarray,
    gallery_cameras: np.ndarray,
) -> dict[str, float]:
    """Return rank-1, rank-5, rank-10, mAP and mINP in percent, other cameras only."""
    order = np.argsort(-(query @ gallery.T), axis=1)  # (Q, G)
    found: dict[str, list[float]] = {k: [] for k in ("rank1", "rank5", "rank10", "mAP", "mINP")}
    for q, ranked in enumerate(order):
        same = gallery_ids[ranked] == query_ids[q]
        kept = ~(same & (gallery_cameras[ranked] == query_cameras[q]))
        right = same[kept]
        places = np.flatnonzero(right) + 1
        if not len(places):
            continue
        for k in (1, 5, 10):
            found[f"rank{k}"].append(float(right[:k].any()))
        found["mAP"].append(float((np.arange(1, len(places) + 1) / places).mean()))
        found["mINP"].append(len(places) / places[-1])
    return {name: 100 * float(np.mean(values)) for name, values in found.items()}


def plain_bytes(queries: int, gallery: int) -> int:
    """Return the memory that :func:`plain_rates` takes: two float32 arrays and the int64 order."""
    return queries * gallery * (4 + 4 + 8)
