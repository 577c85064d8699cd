"""Values as MATLAB has them, for ``scipy.io.savemat``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def cell_column(values: Sequence[Any]) -> np.ndarray:
    """Return values as a cell of one column, shape (n, 1)."""
    return _cells(values, (len(values), 1))


def cell_row(values: Sequence[Any]) -> np.ndarray:
    """Return values as a cell of one row, shape (1, n)."""
    return _cells(values, (1, len(values)))


def counted_from_1(indices: np.ndarray) -> np.ndarray:
    """Return indices as a column of doubles that counts from 1, shape (n, 1)."""
    return np.asarray(indices, np.float64)[:, None] + 1


def _cells(values: Sequence[Any], shape: tuple[int, int]) -> np.ndarray:
    cells = np.empty(len(values), dtype=object)
    for at, value in enumerate(values):
        cells[at] = value
    return cells.reshape(shape)
