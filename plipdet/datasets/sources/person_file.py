"""Reading a CSV or Parquet file whose columns are those of the person table."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from plipdet.errors import InputError, near

from .person_cells import READ_COLUMNS, PersonCells

FILE_SUFFIXES = (".csv", ".parquet")
_BATCH = 4096


def read_person_file(path: Path) -> Iterator[PersonCells]:
    """Yield the rows of a file, in bounded memory.

    Args:
        path: ``.csv`` in UTF-8 with a line of column names, or ``.parquet``.

    Raises:
        InputError: If it cannot be read, or has a column that the person table lacks.
    """
    return _csv_rows(path) if path.suffix.lower() == ".csv" else _parquet_rows(path)


def _csv_rows(path: Path) -> Iterator[PersonCells]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            columns = [name.strip() for name in next(reader, [])]
            _check_columns(path, columns)
            for cells in reader:
                where = f"{path}, line {reader.line_num}:"
                if not cells:
                    continue
                if len(cells) != len(columns):
                    raise InputError(
                        f"{where} it has {len(cells)} cells for {len(columns)} columns; put a "
                        'sentence with commas into double quotes: "a man, walking"'
                    )
                yield PersonCells(dict(zip(columns, cells, strict=True)), where)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is no CSV in UTF-8: {error}") from error


def _parquet_rows(path: Path) -> Iterator[PersonCells]:
    try:
        with pq.ParquetFile(path) as file:
            _check_columns(path, file.schema_arrow.names)
            number = 0
            for batch in file.iter_batches(_BATCH):
                for cells in batch.to_pylist():
                    yield PersonCells(cells, f"{path}, row {number} (from 0):")
                    number += 1
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path} is no whole Parquet file: {error}; write it again") from error


def _check_columns(path: Path, columns: Sequence[str]) -> None:
    for name in columns:
        if name not in READ_COLUMNS:
            raise InputError(
                f"{path} has a column {name!r}{near(name, READ_COLUMNS)}; the columns read are "
                f"{', '.join(READ_COLUMNS)}: rename it, or leave it out"
            )
        if columns.count(name) > 1:
            raise InputError(f"{path} has two columns {name!r}; keep one")
    if "image" not in columns:
        raise InputError(f"{path} has no column 'image'; its columns are {', '.join(columns)}")
