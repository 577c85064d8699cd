"""PersonTable: one Arrow schema for all person data, memory-mapped and shared by all workers."""

from __future__ import annotations

import bisect
import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plipdet.errors import InputError, near

from .arrow_file import open_arrow_file, write_arrow_file
from .identity_index import IdentityIndex
from .person_schema import (
    ATTRIBUTE_NAMES_KEY,
    COLUMNS,
    EARLY_COLUMNS,
    FINGERPRINT_KEY,
    IDENTITY_NAMES_KEY,
    LATE_COLUMNS,
    SOURCE_KEY,
    SPLITS,
    PersonRow,
    person_schema,
)
from .row_reader import RowReader
from .text_lengths import TextLengths

Rows: TypeAlias = "range | np.ndarray | None"
_KIND = "person table, layout 2"
_ROWS_PER_PART, _PARTS_PER_BATCH = 1024, 64
_CHARACTERS_PER_BATCH = 1 << 26  # of sentences; a batch has room for 2**31 bytes


class PersonTable:
    """Rows of :class:`PersonRow` over Arrow memory.

    A table opened from a file is pickled as its path, so a worker maps the same pages again.

    Args:
        table: Arrow table with the columns of :func:`person_schema`.
        root: Folder that ``image`` and ``parsing`` are relative to.
        path: The Arrow IPC file behind ``table``, ``None`` for one in memory.
        rows: Indices into ``table``, shape (rows,) or a range; ``None`` for all of them in order.
        images: The ``plipdet.datasets.stores.ImageStore`` that holds the pictures; ``None`` for
            plain files under ``root``.
    """

    def __init__(
        self,
        table: pa.Table,
        root: str | Path,
        *,
        path: Path | None = None,
        rows: Rows = None,
        images: Any = None,
    ) -> None:
        self.root = Path(root)
        self.path = path
        self.images = images
        self._table = table
        self._rows = rows
        self._size = len(table) if rows is None else len(rows)
        self._batches = table.to_batches()
        self._starts = [0, *np.cumsum([len(b) for b in self._batches]).tolist()]
        self._readers: list[tuple[RowReader, RowReader] | None] = [None] * len(self._batches)

    @classmethod
    def open(
        cls,
        path: str | Path,
        root: str | Path,
        *,
        fingerprint: str | None = None,
        images: Any = None,
    ) -> PersonTable:
        """Map a file that :func:`write_person_table` wrote; it takes milliseconds at any size.

        Args:
            path: The file.
            root: Folder that ``image`` and ``parsing`` are relative to.
            fingerprint: What :attr:`fingerprint` must be, ``None`` for anything.
            images: As for the constructor.

        Raises:
            InputError: If the file is no such table, cut short, damaged or of other raw files.
        """
        path = Path(path)
        opened = cls(open_arrow_file(path, kind=_KIND), root, path=path, images=images)
        columns = person_schema(opened.attribute_names)
        if not opened._table.schema.equals(columns, check_metadata=False):
            raise InputError(f"{path} has other columns; delete it to have it built again")
        if fingerprint is not None and opened.fingerprint != fingerprint:
            raise InputError(
                f"{path} was made from other raw files; delete it to have it built again"
            )
        return opened

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[Mapping[str, Any]],
        root: str | Path,
        *,
        attribute_names: Sequence[str] = (),
        source: str = "",
    ) -> PersonTable:
        """Build a table in memory; see :func:`write_person_table` for one on disk."""
        schema = person_schema(attribute_names, source=source)
        batches = list(_to_batches(rows, schema))
        return cls(pa.Table.from_batches(batches, schema), root)

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """Names of the columns of ``attribute_labels``; empty when the source has none."""
        return tuple(json.loads(self._metadata(ATTRIBUTE_NAMES_KEY) or "[]"))

    @property
    def source(self) -> str:
        """Name of the reader that made the table."""
        return self._metadata(SOURCE_KEY)

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the raw annotation, empty for a table that a program made."""
        return self._metadata(FINGERPRINT_KEY)

    @property
    def identity_names(self) -> dict[int, str]:
        """What identities are called, by number; empty when the numbers are all there is."""
        found = json.loads(self._metadata(IDENTITY_NAMES_KEY) or "{}")
        return {int(number): name for number, name in found.items()}

    def _metadata(self, key: bytes) -> str:
        return (self._table.schema.metadata or {}).get(key, b"").decode()

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[PersonRow]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: int) -> PersonRow:
        size = self._size
        if not -size <= index < size:
            raise IndexError(f"row {index} of a table of {size}")
        at = index % size if self._rows is None else int(self._rows[index])
        batch = bisect.bisect_right(self._starts, at) - 1
        readers = self._readers[batch]
        if readers is None:
            records = self._batches[batch]
            readers = RowReader(records, EARLY_COLUMNS), RowReader(records, LATE_COLUMNS)
            self._readers[batch] = readers
        early, late = readers
        row = at - self._starts[batch]
        return PersonRow.reading_late(early(row), partial(late.value, row))

    def column(self, name: str) -> pa.ChunkedArray:
        """Return one column of the selected rows as Arrow data."""
        column = self._whole_column(name)
        if self._rows is None:
            return column
        if isinstance(self._rows, range):
            return column.slice(self._rows.start, len(self._rows))
        return column.take(pa.array(self._rows))

    def numbers(self, name: str) -> np.ndarray | None:
        """Return an integer column as int64, shape (rows,); ``None`` when the source lacks it.

        Raises:
            InputError: If some rows have the value and some lack it.
        """
        column = self._whole_column(name)
        if column.null_count == len(column):
            return None
        if column.null_count:
            lacking = len(self) - int(self._selected(column.is_valid().to_numpy()).sum())
            if lacking == len(self):
                return None
            if lacking:
                hint = "; identified_only=True of PersonDataset leaves them out"
                raise InputError(
                    f"{lacking} of {len(self)} rows of {self.root} have no {name}"
                    + (hint if name == "person_id" else "")
                )
            column = column.fill_null(0)
        return self._selected(column.to_numpy()).astype(np.int64, copy=False)

    def counts(self, name: str) -> np.ndarray:
        """Return how many entries the lists of a column have, 0 for null, int64, shape (rows,).

        It reads the lists' ends only, not what is in them.
        """
        lengths = pc.fill_null(pc.list_value_length(self._whole_column(name)), 0)
        return self._selected(lengths.to_numpy()).astype(np.int64)

    def text_lengths(self, name: str) -> TextLengths:
        """Return what tells how many strings the lists of a column have, and how long they are."""
        return TextLengths(self._whole_column(name), self.stored_rows)

    def stored_rows(self, rows: np.ndarray) -> np.ndarray:
        """Return where rows are in the file, of which this table may be a selection."""
        if isinstance(self._rows, range):
            return rows + self._rows.start
        return rows if self._rows is None else self._rows[rows]

    def identities(self) -> IdentityIndex:
        """Return which rows show which person; of a whole table on disk, mapped from a file.

        Raises:
            InputError: If the table has rows without identity.
        """
        path = None
        if self.path is not None and self._rows is None and self.fingerprint:
            path = identity_path(self.path)
            try:
                return IdentityIndex.open(path, fingerprint=self.fingerprint, rows=len(self))
            except InputError:
                pass  # it can always be made from the table
        ids = self.numbers("person_id")
        if ids is None:
            raise InputError(f"the data in {self.root} have no identities")
        index = IdentityIndex.of(ids)
        if path is not None:
            with contextlib.suppress(InputError):  # a folder that cannot be written
                index.write(path, fingerprint=self.fingerprint)
        return index

    def _whole_column(self, name: str) -> pa.ChunkedArray:
        if name not in COLUMNS:
            raise InputError(f"unknown column {name!r}{near(name, COLUMNS)}")
        return self._table.column(name)

    def _selected(self, values: np.ndarray) -> np.ndarray:
        """Return the values of the selected rows among those of all rows."""
        if isinstance(self._rows, range):
            return values[self._rows.start : self._rows.stop]
        return values if self._rows is None else values[self._rows]

    def select(self, rows: np.ndarray) -> PersonTable:
        """Return the table of these rows (indices or a boolean mask) without copying data."""
        rows = np.asarray(rows)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
        if len(rows) and not -len(self) <= rows.min() <= rows.max() < len(self):
            raise IndexError(f"rows {rows.min()} to {rows.max()} of a table of {len(self)}")
        rows = rows % max(1, len(self))
        if isinstance(self._rows, range):
            rows += self._rows.start
        elif self._rows is not None:
            rows = self._rows[rows]
        return PersonTable(
            self._table, self.root, path=self.path, rows=_compact(rows), images=self.images
        )

    def whole(self) -> PersonTable:
        """Return the table of all rows, of which this may be a selection."""
        return PersonTable(self._table, self.root, path=self.path, images=self.images)

    def where_split(self, *splits: str) -> PersonTable:
        """Return the rows of these splits.

        Raises:
            InputError: If a split is no word of ``SPLITS``, or the table has no row of it.
        """
        column = self._whole_column("split")
        for split in splits:
            if split not in SPLITS:
                raise InputError(f"unknown split {split!r}{near(split, SPLITS)}; one of {SPLITS}")
        has = sorted(s for s in pc.unique(self.column("split")).to_pylist() if s is not None)
        for split in splits:
            if split not in has:
                raise InputError(
                    f"no row of split {split!r} in {self.root}; it has {has or 'none'}"
                )
        return self.select(self._selected(pc.is_in(column, value_set=pa.array(splits)).to_numpy()))

    def __reduce__(self) -> tuple[Any, ...]:
        table = self._table if self.path is None else None
        place = (str(self.root), self.path, self.fingerprint)
        return _rebuild, (table, *place, self._rows, self.images)


def _rebuild(
    table: pa.Table | None,
    root: str,
    path: Path | None,
    fingerprint: str,
    rows: Rows,
    images: Any,
) -> PersonTable:
    if path is not None:
        table = PersonTable.open(path, root, fingerprint=fingerprint)._table
    assert table is not None
    return PersonTable(table, root, path=path, rows=rows, images=images)


def _compact(rows: np.ndarray) -> Rows:
    """Return the rows as a range where they are one, else in as few bytes as they need."""
    if len(rows) and (rows[1:] - rows[:-1] == 1).all():
        return range(int(rows[0]), int(rows[-1]) + 1)
    return rows.astype(np.int32) if not len(rows) or rows.max() < 2**31 else rows


def identity_path(path: Path) -> Path:
    """Return where the identity index of a table's file lies."""
    return path.with_suffix(".identities.arrow")


def _to_batches(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield the rows in batches, whose parts become Arrow memory as soon as they are long enough.

    Ten thousands of mappings at a time would cost the garbage collector as much as all the rest.
    """
    parts: list[pa.RecordBatch] = []
    pending: list[Mapping[str, Any]] = []
    characters = 0
    for row in rows:
        pending.append(row)
        characters += sum(map(len, row.get("captions") or ()))
        full = characters > _CHARACTERS_PER_BATCH
        if len(pending) == _ROWS_PER_PART or full:
            parts.append(pa.RecordBatch.from_pylist(pending, schema=schema))
            pending = []
            if full or len(parts) == _PARTS_PER_BATCH:
                yield from _joined(parts)
                parts, characters = [], 0
    if pending:
        parts.append(pa.RecordBatch.from_pylist(pending, schema=schema))
    yield from _joined(parts)


def _joined(parts: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    return pa.Table.from_batches(parts).combine_chunks().to_batches() if parts else []


def write_person_table(
    path: str | Path,
    rows: Iterable[Mapping[str, Any]],
    *,
    attribute_names: Sequence[str] = (),
    source: str = "",
    fingerprint: str = "",
    identity_names: Mapping[int, str] | None = None,
) -> None:
    """Stream rows into an Arrow IPC file, whole or not at all, in bounded memory.

    Args:
        path: Target file; it appears only when complete (temporary file, fsync, rename).
        rows: Mappings with keys of :func:`person_schema`; missing keys become null.
        attribute_names: Names of ``attribute_labels``.
        source: Name of the reader.
        fingerprint: Of the raw annotation; a table with one keeps its identity index beside it.
        identity_names: What ``person_id`` numbers are called.
    """
    schema = person_schema(
        attribute_names, source=source, fingerprint=fingerprint, identity_names=identity_names
    )
    write_arrow_file(path, schema, _to_batches(rows, schema), kind=_KIND)
