"""RowReader: rows of a record batch as Python values, without an Arrow scalar for each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pyarrow as pa

Read: TypeAlias = Callable[[int], Any]
_FORMATS: dict[pa.DataType, Any] = {
    pa.int8(): "b",
    pa.int32(): "i",
    pa.int64(): "q",
    pa.float32(): "f",
}


class RowReader:
    """Reads the rows of one record batch from its buffers.

    It gives what ``batch.column(name)[row].as_py()`` gives, ten times as fast. Nothing is copied
    before a row is asked for, so a mapped file's pages stay shared between processes.

    Args:
        batch: Rows with columns of strings, of the numbers in ``person_schema``, or of lists
            (also of fixed size) of these.
        columns: Names of the columns to read, in the order of the values.
    """

    def __init__(self, batch: pa.RecordBatch, columns: tuple[str, ...]) -> None:
        self._of = {name: _reader(batch.column(name)) for name in columns}
        self._reads = tuple(self._of.values())

    def __call__(self, row: int) -> list[Any]:
        """Return the values of a row of the batch; ``row`` is not negative."""
        return [read(row) for read in self._reads]

    def value(self, row: int, column: str) -> Any:
        """Return the value of one of the columns."""
        return self._of[column](row)


def _reader(array: pa.Array) -> Read:
    """Return the function from a row to its value, ``None`` for null."""
    if array.null_count == len(array):
        return _nothing
    read = _values(array)
    if not array.null_count:
        return read
    bits, offset = _bytes(array, 0), array.offset

    def read_valid(row: int) -> Any:
        at = row + offset
        return read(row) if bits[at >> 3] >> (at & 7) & 1 else None

    return read_valid


def _values(array: pa.Array) -> Read:
    kind = array.type
    if pa.types.is_string(kind):
        return _strings(array)
    if pa.types.is_list(kind):
        ends, take = _int32(array, 1), _taker(array.values)
        return lambda row: take(ends[row], ends[row + 1])
    if pa.types.is_fixed_size_list(kind):
        size, first, take = kind.list_size, array.offset, _taker(array.values)
        return lambda row: take((first + row) * size, (first + row + 1) * size)
    return _numbers(array).__getitem__


def _taker(array: pa.Array) -> Callable[[int, int], list[Any]]:
    """Return the function from a range of elements to the list of their values."""
    take = _string_taker(array) if pa.types.is_string(array.type) else _number_taker(array)
    if not array.null_count:
        return take
    bits, offset = _bytes(array, 0), array.offset

    def take_valid(first: int, last: int) -> list[Any]:
        values = take(first, last)
        low, high = first + offset, last + offset
        valid = int.from_bytes(bits[low >> 3 : (high >> 3) + 1], "little") >> (low & 7)
        if ~valid & ((1 << len(values)) - 1):
            return [v if valid >> k & 1 else None for k, v in enumerate(values)]
        return values

    return take_valid


def _number_taker(array: pa.Array) -> Callable[[int, int], list[Any]]:
    numbers = _numbers(array)
    return lambda first, last: numbers[first:last].tolist()


def _string_taker(array: pa.Array) -> Callable[[int, int], list[Any]]:
    ends, data = _int32(array, 1), _bytes(array, 2)

    def take(first: int, last: int) -> list[Any]:
        if last - first < 4:
            return [data[ends[k] : ends[k + 1]].tobytes().decode() for k in range(first, last)]
        start, *cuts = ends[first : last + 1].tolist()
        # One decoding for all: where it is ASCII, the bytes' places are the characters'.
        text = data[start : cuts[-1]].tobytes().decode()
        if not text.isascii():
            return [
                data[a:b].tobytes().decode() for a, b in zip([start, *cuts], cuts, strict=False)
            ]
        values, left = [], 0
        for cut in cuts:
            right = cut - start
            values.append(text[left:right])
            left = right
        return values

    return take


def _strings(array: pa.Array) -> Read:
    ends, data = _int32(array, 1), _bytes(array, 2)
    return lambda row: data[ends[row] : ends[row + 1]].tobytes().decode()


def _numbers(array: pa.Array) -> memoryview:
    return _bytes(array, 1).cast(_FORMATS[array.type])[array.offset :]


def _int32(array: pa.Array, buffer: int) -> memoryview:
    return _bytes(array, buffer).cast("i")[array.offset :]


def _bytes(array: pa.Array, buffer: int) -> memoryview:
    found = array.buffers()[buffer]
    return memoryview(b"" if found is None else found).cast("B")


def _nothing(row: int) -> None:
    return None
