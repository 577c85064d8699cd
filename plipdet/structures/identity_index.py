"""IdentityIndex: which rows show which person."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from .arrow_file import open_arrow_file, write_arrow_file

_SCHEMA = pa.schema([pa.field("person_id", pa.int64()), pa.field("rows", pa.list_(pa.int64()))])


class IdentityIndex:
    """The rows of each identity; the identities are in ascending order.

    Args:
        ids: Identity numbers, ascending, shape (K,).
        offsets: Where an identity's rows begin in ``rows``, and their end, shape (K + 1,).
        rows: Row numbers grouped by identity, ascending within each, int64, shape (rows,).
    """

    def __init__(self, ids: np.ndarray, offsets: np.ndarray, rows: np.ndarray) -> None:
        assert len(offsets) == len(ids) + 1, "an identity without offsets, or the reverse"
        self.ids = ids
        self.offsets = offsets
        self.rows = rows

    @classmethod
    def of(cls, person_ids: np.ndarray) -> IdentityIndex:
        """Group rows by identity.

        Args:
            person_ids: Identity of each row, shape (rows,).
        """
        # Timsort: linear in the usual case, where the rows of an identity lie together.
        rows = np.argsort(person_ids, kind="stable")
        by_identity = person_ids[rows]
        starts = np.flatnonzero(by_identity[1:] != by_identity[:-1]) + 1
        starts = np.concatenate([np.zeros(min(1, len(rows)), dtype=np.int64), starts])
        return cls(by_identity[starts], np.append(starts, len(rows)), rows)

    @classmethod
    def open(cls, path: str | Path, *, fingerprint: str, rows: int) -> IdentityIndex:
        """Map the index that :meth:`write` wrote for a table.

        Args:
            path: The file.
            fingerprint: That of the table's raw annotation.
            rows: Number of rows of the table.

        Raises:
            InputError: If the file is missing, damaged, or the index of another table.
        """
        table = open_arrow_file(path, kind=_kind(fingerprint, rows))
        ids, grouped = (table.column(k).chunk(0) for k in range(2))
        return cls(ids.to_numpy(), grouped.offsets.to_numpy(), grouped.values.to_numpy())

    def write(self, path: str | Path, *, fingerprint: str) -> None:
        """Write the index to a file, whole or not at all.

        Raises:
            InputError: If it cannot be written.
        """
        rows = pa.ListArray.from_arrays(self.offsets.astype(np.int32), self.rows)
        batch = pa.RecordBatch.from_arrays([pa.array(self.ids), rows], schema=_SCHEMA)
        write_arrow_file(path, _SCHEMA, [batch], kind=_kind(fingerprint, len(self.rows)))

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def counts(self) -> np.ndarray:
        """Number of rows of each identity, shape (K,)."""
        return np.diff(self.offsets)

    def rows_of(self, k: int) -> np.ndarray:
        """Return the rows of the k-th identity, ascending, shape (its rows,)."""
        if not 0 <= k < len(self):
            raise IndexError(f"identity {k} of {len(self)}")
        return self.rows[self.offsets[k] : self.offsets[k + 1]]


def _kind(fingerprint: str, rows: int) -> str:
    return f"identity index, layout 1, of {rows} rows of {fingerprint}"
