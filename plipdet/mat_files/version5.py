"""Variables of a .mat of version 5 (or 4), read by SciPy, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .unfit_content import UnfitContentError, WayIn


def names_of_version5(path: Path) -> list[str]:
    """Return what the file's variables are called."""
    from scipy.io import whosmat  # here, for most programs read no .mat

    return [name for name, _, _ in whosmat(path)]


def read_version5(path: Path, names: Sequence[str]) -> dict[str, Any]:
    """Return variables as :func:`read_mat` describes them."""
    from scipy.io import loadmat

    # Whole doubles are stored in fewer bytes; by mat_dtype they are doubles again, as in 7.3.
    content = loadmat(path, variable_names=list(names), mat_dtype=True)
    way = WayIn()
    return {name: _plain(content[name], way) for name in names}


def _plain(value: Any, way: WayIn) -> Any:
    from scipy.io.matlab import MatlabFunction, MatlabObject, MatlabOpaque
    from scipy.sparse import issparse

    if issparse(value):
        raise UnfitContentError("a sparse matrix; save full(x) in its place")
    if isinstance(value, (MatlabFunction, MatlabObject, MatlabOpaque)):
        raise UnfitContentError(
            "an object of a MATLAB class, such as string or table; save cells of characters and "
            "matrices in its place: cellstr(x), x{:,:}"
        )
    array = np.asarray(value)
    if array.dtype.names is not None:
        with way.into(array.size):
            records = [_struct(record, way) for record in array.ravel("F")]
        return records[0] if len(records) == 1 else records
    if array.dtype == object:
        with way.into(array.size):
            return [_plain(item, way) for item in array.ravel("F")]
    if array.dtype.kind in "US":
        return _text(array)
    if array.dtype.kind not in "biufc":
        raise UnfitContentError(f"values of the type {array.dtype}")
    return np.atleast_2d(array)


def _struct(record: Any, way: WayIn) -> dict[str, Any]:
    return {name: _plain(record[name], way) for name in record.dtype.names}


def _text(rows: np.ndarray) -> Any:
    if rows.size <= 1:
        return str(rows.ravel()[0]) if rows.size else ""
    return [str(row).rstrip() for row in rows.ravel()]
