"""Writing .mat files with cells and indices as MATLAB has them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

_HEADER = b"MATLAB 5.0 MAT-file"
_HEADER_LENGTH = 116  # B of text, in which SciPy writes the time


def write_mat(path: Path, content: Mapping[str, Any]) -> None:
    """Write variables as a .mat of version 5; equal ones give equal bytes.

    Args:
        path: The file; its folder is made.
        content: Variable to value, as ``scipy.io.savemat`` takes them.
    """
    from scipy.io import savemat  # here, for most layouts do without it

    memory = io.BytesIO()
    savemat(memory, content, do_compression=True)
    data = _HEADER.ljust(_HEADER_LENGTH) + memory.getvalue()[_HEADER_LENGTH:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


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
