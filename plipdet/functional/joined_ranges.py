"""Lists of unequal length that lie one behind the other in one array."""

from __future__ import annotations

import numpy as np


def joined_ranges(starts: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Return the whole numbers from each start to before its stop, one range behind the other.

    Args:
        starts: Shape (n,).
        stops: None before its start, shape (n,).

    Returns:
        int64 of shape (sum of all lengths,).
    """
    starts = np.asarray(starts, np.int64)
    counts = np.asarray(stops, np.int64) - starts
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - (ends - counts), counts)
