"""MatRecord: fields of a .mat file, checked as they are taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from plipdet.errors import InputError, near
from plipdet.mat_files import read_mat

UNKNOWN = -1
"""Label of an attribute that nobody could tell."""
_YES_AND_NO = (0, 1)
_LARGEST = 1e9  # of a box, px, and of an identity


class MatRecord:
    """A struct of a .mat file, or the file itself.

    A field may be asked for by several names; releases differ in them.

    Args:
        path: The file.
        values: Field to value, as :func:`read_mat` gives them.
        where: The struct's name with a dot behind it, for messages; empty for the file.
    """

    def __init__(self, path: Path, values: Mapping[str, Any], *, where: str = "") -> None:
        self.path = path
        self.values = values
        self.where = where

    @classmethod
    def read(cls, path: Path, names: Sequence[str]) -> MatRecord:
        """Return variables of a file."""
        return cls(path, read_mat(path, names))

    def record(self, *names: str) -> MatRecord:
        """Return a field that is a struct."""
        name, value = self._field(names)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, dict):
            self._fail(name, "is no struct")
        return MatRecord(self.path, value, where=f"{self.where}{name}.")

    def record_at(self, index: int, *names: str) -> MatRecord:
        """Return one struct of a field that is a cell or an array of them.

        Args:
            index: From 0.
            names: Of the field.
        """
        name, value = self._field(names)
        records = value if isinstance(value, list) else [value]
        if not 0 <= index < len(records):
            self._fail(name, f"has {len(records)} entries; there is no {index} (counted from 0)")
        found = records[index]
        while isinstance(found, list) and len(found) == 1:
            found = found[0]
        if not isinstance(found, dict):
            self._fail(name, f"has an entry {index} (from 0) that is no struct")
        return MatRecord(self.path, found, where=f"{self.where}{name}{{{index + 1}}}.")

    def texts(self, *names: str) -> list[str]:
        """Return a field that is a cell of texts."""
        name, value = self._field(names)
        items = value if isinstance(value, list) else [value]
        found = [_text(item) for item in items]
        for number, text in enumerate(found):
            if not text:
                self._fail(name, f"has an entry {number} (from 0) that is no text")
        if not found:
            self._fail(name, "is empty")
        return [text for text in found if text]

    def table(self, *names: str) -> np.ndarray:
        """Return a field of whole numbers, int64, two axes."""
        name, value = self._field(names)
        array = value if isinstance(value, np.ndarray) else np.array(_flat(value))
        if array.dtype.kind not in "biuf" or array.ndim > 2:
            self._fail(name, "holds something else than whole numbers")
        array = np.atleast_2d(array)
        if array.dtype.kind == "f" and not np.equal(array, np.round(array)).all():
            row, column = np.argwhere(array != np.round(array))[0]
            self._fail(
                name,
                f"holds something else than whole numbers: {array[row, column]} in row {row} "
                "(from 0)",
            )
        return array.astype(np.int64)

    def boxes(self, *names: str, columns: int = 4) -> np.ndarray:
        """Return a field of boxes, perhaps behind other columns, float64, shape (rows, columns).

        A field without rows is none; a single row may lie as a column.

        Args:
            names: Of the field.
            columns: How many a row has.
        """
        name, value = self._field(names)
        while isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, list) and not value:
            return np.zeros((0, columns))
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "iuf":
            self._fail(name, "holds something else than numbers")
        array = value.astype(np.float64)
        if not array.size:
            return np.zeros((0, columns))
        if array.shape == (columns, 1):
            array = array.T
        if array.ndim != 2 or array.shape[1] != columns:
            self._fail(name, f"has the shape {array.shape}; expected {columns} numbers a row")
        wrong = np.argwhere(~(np.abs(array) < _LARGEST))
        if len(wrong):
            row, column = wrong[0]
            self._fail(
                name,
                f"has {array[row, column]:g} in row {row}, column {column} (from 0); expected px "
                "and identities below 1e9",
            )
        return array

    def indices(self, *names: str, below: int, of: str = "pictures") -> np.ndarray:
        """Return a field of indices, which MATLAB counts from 1, counted from 0, int64.

        Args:
            names: Of the field.
            below: How many things there are.
            of: What they are, for messages.
        """
        name, _ = self._field(names)
        table = self.table(*names)
        if not table.size:
            self._fail(name, "is empty; download the file again")
        # The column or row that there is; of several columns the first has them.
        found = table.ravel() if 1 in table.shape else table[:, 0]
        wrong = np.flatnonzero((found < 1) | (found > below))
        if len(wrong):
            self._fail(
                name,
                f"has the index {found[wrong[0]]}, its entry {wrong[0]} (from 0); there are "
                f"{below} {of}, counted from 1",
            )
        return found - 1

    def labels(
        self, *names: str, attributes: Sequence[str], unknown: Collection[int] = ()
    ) -> np.ndarray:
        """Return a field of labels: 1 yes, 0 no, -1 unknown, int8, shape (rows, A).

        Args:
            names: Of the field.
            attributes: Names of its columns.
            unknown: Values that mean that nobody could tell.
        """
        name, _ = self._field(names)
        table = self.table(*names)
        if table.shape[1] != len(attributes):
            self._fail(
                name,
                f"has {table.shape[1]} labels for each of {table.shape[0]} pictures; there are "
                f"{len(attributes)} names of attributes",
            )
        return self.checked_labels(name, table, attributes=attributes, unknown=unknown)

    def checked_labels(
        self, name: str, table: np.ndarray, *, attributes: Sequence[str], unknown: Collection[int]
    ) -> np.ndarray:
        """Return a table of labels as :meth:`labels` does."""
        wrong = np.argwhere(~np.isin(table, [*_YES_AND_NO, *unknown]))
        if len(wrong):
            row, column = wrong[0]
            also = "".join(f", {value} for unknown" for value in sorted(unknown))
            self._fail(
                name,
                f"has the label {table[row, column]} of {attributes[column]} in row {row} (from "
                f"0); expected 0 or 1{also}",
            )
        return np.where(np.isin(table, _YES_AND_NO), table, UNKNOWN).astype(np.int8)

    def _field(self, names: Sequence[str]) -> tuple[str, Any]:
        for name in names:
            if name in self.values:
                return name, self.values[name]
        raise InputError(
            f"{self.path} lacks {self.where}{names[0]}{near(names[0], self.values)}; it has "
            f"{', '.join(self.values) or 'nothing'}: it is not the file of this data set"
        )

    def _fail(self, name: str, what: str) -> NoReturn:
        raise InputError(f"{self.path}: {self.where}{name} {what}")


def _text(value: Any) -> str | None:
    """Return a text, however deep tools have put it in cells of one entry; else ``None``."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "iuf":
        number = float(value.ravel()[0])
        return str(int(number)) if number.is_integer() else None
    return value.strip() if isinstance(value, str) and value.strip() else None


def _flat(value: Any) -> list[Any]:
    """Return the numbers of a cell of scalars; one of anything else is no table."""
    items = value if isinstance(value, list) else [value]
    scalars = all(isinstance(item, np.ndarray) and item.size == 1 for item in items)
    return [item.ravel()[0] for item in items] if scalars else [""]
