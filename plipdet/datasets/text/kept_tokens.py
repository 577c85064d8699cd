"""KeptTokens: the word pieces of all sentences of a table, in a file that is mapped into memory."""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plipdet.errors import InputError
from plipdet.structures import PHRASE_SLOTS
from plipdet.whole_file import whole_file

_MAGIC = b"plipdet kept tokens, layout 1\n"
_HEADER = 4096  # B
_SMALL_VOCABULARY = 1 << 16
_LONGEST = 1 << 20  # word pieces of a sentence; anything longer is none
_FIELDS = ("key", "rows", "sentences", "pieces", "vocabulary", "pad_id")


class TokenPart(NamedTuple):
    """Word pieces of some rows that follow one another.

    Args:
        pieces: Id and slot of each word piece, of :func:`piece_type`, shape (pieces,).
        lengths: Word pieces of each sentence, captions of a row before its prompt captions,
            int32, shape (sentences,).
        counts: Captions and prompt captions of each row, int32, shape (rows, 2).
    """

    pieces: np.ndarray
    lengths: NDArray[np.int32]
    counts: NDArray[np.int32]


def piece_type(vocabulary: int) -> np.dtype:
    """Return how a word piece is kept: its id, and its attribute slot, -1 outside phrases.

    Args:
        vocabulary: Number of ids.
    """
    return np.dtype([("id", "<u2" if vocabulary <= _SMALL_VOCABULARY else "<i4"), ("slot", "i1")])


class KeptTokens:
    """Word pieces by row and sentence. Nothing is read before it is asked for.

    It is pickled as its path, so that a worker maps the same pages again.

    Args:
        path: A file of :func:`write_kept_tokens`.
        key: What the file must have been made from.

    Raises:
        InputError: If the file is missing, cut short, of another kind or made from something else.
    """

    def __init__(self, path: str | Path, *, key: str) -> None:
        self.path = Path(path)
        self._key = key
        try:
            with open(path, "rb") as file:
                memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            head = _header(memory[:_HEADER])
            if head["key"] != key:
                raise ValueError("it was made from other captions, or by other rules")
            layout = _layout(head)
            if len(memory) != sum(np.dtype(kind).itemsize * size for kind, size in layout):
                raise ValueError(f"it has {len(memory)} bytes")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{path} does not hold the word pieces of these captions ({error}); delete it to "
                "have it built again"
            ) from error
        self.pad_id = int(head["pad_id"])
        self._vocabulary = int(head["vocabulary"])
        self._first_of_row, self._ends, self._pieces = _arrays(memory, layout)

    def counts(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return how many captions and prompt captions rows of the file have, int64, (n,) each."""
        first = self._first_of_row
        start, middle, end = (first[2 * rows + k].astype(np.int64) for k in range(3))
        return middle - start, end - middle

    def __call__(
        self, rows: np.ndarray, is_prompt: np.ndarray, which: np.ndarray
    ) -> tuple[NDArray[np.int64], NDArray[np.int8], list[int]]:
        """Return the word pieces of one sentence of each row, one sentence after the other.

        Args:
            rows: Rows of the file, int64, shape (n,).
            is_prompt: Whether a prompt caption is meant, bool, shape (n,).
            which: The number of the sentence among those of its kind, int64, shape (n,).

        Returns:
            Ids, shape (pieces,); slots, shape (pieces,); where each sentence ends.

        Raises:
            InputError: If the file says what cannot be, as when some of its bytes were changed.
        """
        try:
            sentence = self._first_of_row[2 * rows + is_prompt].astype(np.int64) + which
            starts = self._ends[sentence].astype(np.int64)
            lengths = self._ends[sentence + 1].astype(np.int64) - starts
            if lengths.min() < 0 or lengths.max() > _LONGEST:
                raise ValueError("it has sentences of impossible lengths")
            cuts = lengths.cumsum()
            at = np.arange(cuts[-1]) + np.repeat(starts - cuts + lengths, lengths)
            pieces = self._pieces[at]
            ids, slots = pieces["id"].astype(np.int64), pieces["slot"].copy()
            if ids.max(initial=0) >= self._vocabulary or ids.min(initial=0) < 0:
                raise ValueError("it has word pieces that the vocabulary lacks")
            if slots.max(initial=-1) >= len(PHRASE_SLOTS) or slots.min(initial=-1) < -1:
                raise ValueError("it has attribute slots that there are not")
        except (IndexError, ValueError) as error:
            raise InputError(
                f"{self.path} is damaged ({error}); delete it to have it built again"
            ) from error
        return ids, slots, cuts.tolist()

    def __reduce__(self) -> tuple[Any, ...]:
        return _opened, (self.path, self._key)


def write_kept_tokens(
    path: str | Path, parts: Iterable[TokenPart], *, key: str, vocabulary: int, pad_id: int
) -> None:
    """Write a file for :class:`KeptTokens`, whole or not at all, as the parts come.

    Args:
        path: Target file.
        parts: Of all rows in order.
        key: What the parts are made from.
        vocabulary: Number of ids.
        pad_id: Id of the padding.

    Raises:
        InputError: If the file cannot be written, or the disk is full.
    """
    lengths, counts = [np.zeros(1, np.int32)], [np.zeros(1, np.int32)]
    with whole_file(path) as file:
        file.write(bytes(_HEADER))
        for part in parts:
            file.write(part.pieces.astype(piece_type(vocabulary), copy=False).tobytes())
            lengths.append(part.lengths)
            counts.append(part.counts.ravel())
        ends = np.cumsum(np.concatenate(lengths), dtype=np.int64)
        firsts = np.cumsum(np.concatenate(counts), dtype=np.int64)
        assert firsts[-1] == len(ends) - 1, "sentences that belong to no row"
        head = {
            "key": key,
            "rows": len(firsts) // 2,
            "sentences": len(ends) - 1,
            "pieces": int(ends[-1]),
            "vocabulary": vocabulary,
            "pad_id": pad_id,
        }
        kinds = [kind for kind, _ in _layout(head)]
        for values, kind in ((ends, kinds[2]), (firsts, kinds[3])):
            file.write(values.astype(kind).tobytes())
        file.seek(0)
        file.write(_MAGIC + json.dumps(head).encode())


def _layout(head: dict[str, Any]) -> list[tuple[Any, int]]:
    """Return type and number of the values of each part of a file."""
    pieces, sentences = int(head["pieces"]), int(head["sentences"])
    return [
        ("u1", _HEADER),
        (piece_type(int(head["vocabulary"])), pieces),
        (_whole_number(pieces), sentences + 1),
        (_whole_number(sentences), 2 * int(head["rows"]) + 1),
    ]


def _arrays(memory: mmap.mmap, layout: list[tuple[Any, int]]) -> list[np.ndarray]:
    found, at = [], 0
    for kind, size in layout:
        found.append(np.frombuffer(memory, kind, size, at))
        at += found[-1].nbytes
    return found[:0:-1]


def _whole_number(largest: int) -> str:
    return "<u4" if largest < 1 << 32 else "<i8"


def _header(start: bytes) -> dict[str, Any]:
    if not start.startswith(_MAGIC):
        raise ValueError("it is cut short, or of another kind or layout")
    head = json.loads(start[len(_MAGIC) :].rstrip(b"\0"))
    if not isinstance(head, dict) or any(name not in head for name in _FIELDS):
        raise ValueError("its header is damaged")
    return head


def _opened(path: Path, key: str) -> KeptTokens:
    return KeptTokens(path, key=key)
