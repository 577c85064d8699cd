"""PersonTable: one Arrow schema for all person data, memory-mapped and shared by all workers."""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plipdet.errors import InputError, near
from plipdet.whole_file import whole_file

SPLITS = ("train", "val", "test", "query", "gallery")
PHRASE_SLOTS = ("gender", "head", "upper", "lower", "shoes", "belongings")
_ATTRIBUTE_NAMES = b"plipdet.attribute_names"
_SOURCE = b"plipdet.source"
_ROWS_PER_BATCH = 65_536


def person_schema(attribute_names: Sequence[str] = (), *, source: str = "") -> pa.Schema:
    """Return the Arrow schema of a person table; absent facts are null, never a magic number.

    Args:
        attribute_names: Names of the A columns of ``attribute_labels``, kept in the metadata.
        source: Name of the reader that made the table, kept in the metadata.
    """
    labels = pa.list_(pa.int8(), len(attribute_names)) if attribute_names else pa.list_(pa.int8())
    return pa.schema(
        [
            pa.field("image", pa.string(), nullable=False),  # relative to the root
            pa.field("box", pa.list_(pa.float32())),  # xyxy, px; null: the whole picture
            pa.field("person_id", pa.int64()),
            pa.field("camera_id", pa.int32()),
            pa.field("frame", pa.int64()),
            pa.field("split", pa.string()),
            pa.field("captions", pa.list_(pa.string())),
            pa.field("prompt_captions", pa.list_(pa.string())),
            pa.field("attribute_phrases", pa.list_(pa.string())),  # 6, order of PHRASE_SLOTS
            pa.field("attribute_labels", labels),  # (A,), 1 yes, 0 no, -1 unknown
            pa.field("parsing", pa.string()),  # path of a label map
        ],
        metadata={
            _ATTRIBUTE_NAMES: json.dumps(list(attribute_names)).encode(),
            _SOURCE: source.encode(),
        },
    )


COLUMNS: tuple[str, ...] = tuple(person_schema().names)


@dataclass(slots=True, frozen=True)
class PersonRow:
    """One person instance; the fields are the columns of :func:`person_schema`."""

    image: str
    box: list[float] | None = None
    person_id: int | None = None
    camera_id: int | None = None
    frame: int | None = None
    split: str | None = None
    captions: list[str] | None = None
    prompt_captions: list[str] | None = None
    attribute_phrases: list[str | None] | None = None
    attribute_labels: list[int] | None = None
    parsing: str | None = None


class PersonTable:
    """Rows of :class:`PersonRow` over Arrow memory.

    A table opened from a file is pickled as its path, so a worker maps the same pages again.

    Args:
        table: Arrow table with the columns of :func:`person_schema`.
        root: Folder that ``image`` and ``parsing`` are relative to.
        path: The Arrow IPC file behind ``table``, ``None`` for one in memory.
        rows: Indices into ``table``, shape (rows,); ``None`` for all of them in order.
        images: The ``plipdet.datasets.stores.ImageStore`` that holds the pictures; ``None`` for
            plain files under ``root``.
    """

    def __init__(
        self,
        table: pa.Table,
        root: str | Path,
        *,
        path: Path | None = None,
        rows: np.ndarray | None = None,
        images: Any = None,
    ) -> None:
        self.root = Path(root)
        self.path = path
        self.images = images
        self._table = table
        self._rows = rows
        self._batches = table.to_batches()
        self._ends = np.cumsum([len(b) for b in self._batches]).tolist()
        self._order = [table.schema.get_field_index(name) for name in COLUMNS]

    @classmethod
    def open(cls, path: str | Path, root: str | Path, *, images: Any = None) -> PersonTable:
        """Map an Arrow IPC file that :func:`write_person_table` wrote.

        Raises:
            InputError: If the file is not such a table.
        """
        path = Path(path)
        try:
            table = pa.ipc.open_file(pa.memory_map(str(path), "r")).read_all()
        except (pa.ArrowInvalid, FileNotFoundError) as error:
            raise InputError(
                f"{path} is not a person table ({error}); delete it to have it built again"
            ) from error
        missing = [name for name in COLUMNS if name not in table.schema.names]
        if missing:
            raise InputError(f"{path} lacks the columns {missing}; delete it to build it again")
        return cls(table, root, path=path, images=images)

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
        return tuple(json.loads((self._table.schema.metadata or {}).get(_ATTRIBUTE_NAMES, b"[]")))

    @property
    def source(self) -> str:
        """Name of the reader that made the table."""
        return (self._table.schema.metadata or {}).get(_SOURCE, b"").decode()

    def __len__(self) -> int:
        return len(self._table) if self._rows is None else len(self._rows)

    def __iter__(self) -> Iterator[PersonRow]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: int) -> PersonRow:
        if not -len(self) <= index < len(self):
            raise IndexError(f"row {index} of a table of {len(self)}")
        index = index % len(self)
        at = index if self._rows is None else int(self._rows[index])
        chunk = bisect.bisect_right(self._ends, at)
        batch = self._batches[chunk]
        local = at - (self._ends[chunk] - len(batch))
        return PersonRow(*[batch.column(k)[local].as_py() for k in self._order])

    def column(self, name: str) -> pa.ChunkedArray:
        """Return one column of the selected rows as Arrow data."""
        if name not in COLUMNS:
            raise InputError(f"unknown column {name!r}{near(name, COLUMNS)}")
        column = self._table.column(name)
        return column if self._rows is None else column.take(pa.array(self._rows))

    def numbers(self, name: str) -> np.ndarray | None:
        """Return an integer column as int64, shape (rows,); ``None`` when the source lacks it.

        Raises:
            InputError: If some rows have the value and some lack it.
        """
        column = self.column(name)
        if column.null_count == len(column):
            return None
        if column.null_count:
            raise InputError(
                f"{column.null_count} of {len(column)} rows of {self.root} have no {name}"
            )
        return column.to_numpy().astype(np.int64)

    def select(self, rows: np.ndarray) -> PersonTable:
        """Return the table of these rows (indices or a boolean mask) without copying data."""
        rows = np.asarray(rows)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
        rows = rows if self._rows is None else self._rows[rows]
        return PersonTable(self._table, self.root, path=self.path, rows=rows, images=self.images)

    def where_split(self, *splits: str) -> PersonTable:
        """Return the rows of these splits.

        Raises:
            InputError: If a split is no word of ``SPLITS``, or the table has no row of it.
        """
        column = self.column("split")
        for split in splits:
            if split not in SPLITS:
                raise InputError(f"unknown split {split!r}{near(split, SPLITS)}; one of {SPLITS}")
        mask = pc.is_in(column, value_set=pa.array(splits)).to_numpy(zero_copy_only=False)
        if not mask.any():
            has = sorted(s for s in pc.unique(column).to_pylist() if s is not None)
            raise InputError(f"no row of split {splits} in {self.root}; it has {has or 'none'}")
        return self.select(mask)

    def __reduce__(self) -> tuple[Any, ...]:
        if self.path is None:
            return _rebuild, (self._table, str(self.root), None, self._rows, self.images)
        return _rebuild, (None, str(self.root), str(self.path), self._rows, self.images)


def _rebuild(
    table: pa.Table | None, root: str, path: str | None, rows: np.ndarray | None, images: Any
) -> PersonTable:
    if table is None:
        assert path is not None
        opened = PersonTable.open(path, root, images=images)
        return opened if rows is None else opened.select(rows)
    return PersonTable(table, root, rows=rows, images=images)


def _to_batches(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    pending: list[Mapping[str, Any]] = []
    for row in rows:
        pending.append(row)
        if len(pending) == _ROWS_PER_BATCH:
            yield pa.RecordBatch.from_pylist(pending, schema=schema)
            pending = []
    if pending:
        yield pa.RecordBatch.from_pylist(pending, schema=schema)


def write_person_table(
    path: str | Path,
    rows: Iterable[Mapping[str, Any]],
    *,
    attribute_names: Sequence[str] = (),
    source: str = "",
) -> None:
    """Stream rows into an Arrow IPC file, whole or not at all, in bounded memory.

    Args:
        path: Target file; it appears only when complete (temporary file, fsync, rename).
        rows: Mappings with keys of :func:`person_schema`; missing keys become null.
        attribute_names: Names of ``attribute_labels``.
        source: Name of the reader.
    """
    schema = person_schema(attribute_names, source=source)
    with whole_file(path) as file, pa.ipc.new_file(file, schema) as writer:
        for batch in _to_batches(rows, schema):
            writer.write_batch(batch)
