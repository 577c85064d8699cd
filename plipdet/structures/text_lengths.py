"""TextLengths: how long the sentences of a table are, read from their ends, not from the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


class TextLengths:
    """Counts and lengths of the strings in a column of lists.

    Nothing is copied or kept: of a mapped file only the pages with the strings' ends are read, 4
    bytes a string.

    Args:
        column: Lists of strings.
        stored: From indices of rows, int64, shape (n,), to those in ``column``.
    """

    def __init__(self, column: pa.ChunkedArray, stored: Callable[[np.ndarray], np.ndarray]) -> None:
        self._chunks = column.chunks
        self._starts = np.cumsum([0, *map(len, self._chunks)])
        self._stored = stored

    def counts(self, rows: np.ndarray) -> np.ndarray:
        """Return how many strings the rows have, 0 for null, int64, shape (n,)."""
        counts = np.zeros(len(rows), np.int64)
        for chunk, asked, at in self._parts(rows):
            if chunk.null_count == len(chunk):
                continue
            lists = pc.fill_null(pc.list_value_length(chunk), 0) if chunk.null_count else None
            ends = _ends(chunk)
            counts[asked] = ends[at + 1] - ends[at] if lists is None else lists.to_numpy()[at]
        return counts

    def __call__(self, rows: np.ndarray, which: np.ndarray) -> np.ndarray:
        """Return the length of one string of each row, bytes of UTF-8, int64, shape (n,).

        Args:
            rows: Indices, shape (n,).
            which: The string of each, below its count, shape (n,).
        """
        lengths = np.empty(len(rows), np.int64)
        for chunk, asked, at in self._parts(rows):
            ends, string = _ends(chunk.values), _ends(chunk)[at] + which[asked]
            lengths[asked] = ends[string + 1] - ends[string]
        return lengths

    def _parts(self, rows: np.ndarray) -> Iterator[tuple[pa.Array, np.ndarray, np.ndarray]]:
        """Yield each chunk that holds some of the rows, which of them, and where in it."""
        stored = self._stored(rows)
        chunk_of = np.searchsorted(self._starts, stored, side="right") - 1
        for number in np.unique(chunk_of):
            asked = np.flatnonzero(chunk_of == number)
            yield self._chunks[number], asked, stored[asked] - self._starts[number]


def _ends(array: pa.Array) -> np.ndarray:
    """Return where the first entry begins and each one ends, int32, shape (entries + 1,)."""
    ends = array.buffers()[1]
    size = len(array) + 1
    if ends is None or not ends.size:  # of an array without entries
        return np.zeros(size, np.int32)
    return np.frombuffer(ends, np.int32, count=size, offset=4 * array.offset)
