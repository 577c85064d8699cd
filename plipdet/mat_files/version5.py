"""Variables of a .mat of version 5, as MATLAB writes it with -v6 and -v7, as plain values.

MathWorks, MAT-File Format: a file is a row of elements, each a tag (type and number of bytes) and
its data; an array is an element made of elements. SciPy's compiled reader of it ends the process
when bytes are damaged (seen with 1.17), so that data of strangers are read here.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .unfit_content import OBJECT, SPARSE, UnfitContentError, WayIn

_HEADER = 128  # B, the last four of which are the version and the order of bytes
_ORDERS = {b"\x00\x01IM": "<", b"\x01\x00MI": ">"}
_ARRAY, _COMPRESSED = 14, 15
# Type of an element's data: NumPy's name of it.
_NUMBERS = {
    **{1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4"},
    **{7: "f4", 9: "f8", 12: "i8", 13: "u8"},
}
_ENCODINGS = {16: "utf-8", 17: "utf-16", 18: "utf-32"}
_CELL, _STRUCT, _CHAR, _SPARSE, _OPAQUE = 1, 2, 4, 5, 17
# Class of an array of numbers: NumPy's name of it; data may be stored in fewer bytes.
_CLASSES = {
    **{6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2"},
    **{12: "i4", 13: "u4", 14: "i8", 15: "u8"},
}
_LOGICAL, _COMPLEX = 1 << 9, 1 << 11
_LARGEST = 1 << 31  # B of a variable; a few compressed bytes can hold any number
_TAG = 8  # B


def names_of_version5(path: Path) -> list[str]:
    """Return what the file's variables are called."""
    return [name for name, _ in _variables(path)]


def read_version5(path: Path, names: Sequence[str]) -> dict[str, Any]:
    """Return variables as :func:`read_mat` describes them."""
    found = {}
    for name, array in _variables(path):
        if name in names and name not in found:
            found[name] = array.value(WayIn())
    return found


def _variables(path: Path) -> Iterator[tuple[str, _Array]]:
    """Yield name and content of the variables in a file."""
    data = memoryview(path.read_bytes())
    order = _ORDERS.get(bytes(data[124:_HEADER]))
    if order is None:
        raise ValueError("neither version 5 nor 7.3")
    elements = _Elements(data[_HEADER:], order)
    while not elements.at_end():
        kind, content = elements.next()
        if kind == _COMPRESSED:
            kind, content = _Elements(_decompressed(content), order).next()
        if kind != _ARRAY:
            raise ValueError(f"an element of type {kind} stands for a variable")
        array = _Array(content, order)
        if array.name:  # what functions and objects are made of has none
            yield array.name, array


def _decompressed(data: memoryview) -> memoryview:
    stream = zlib.decompressobj()
    found = stream.decompress(data, _LARGEST)
    if stream.unconsumed_tail:
        raise UnfitContentError("a variable larger than 2 GiB")
    if not stream.eof:
        raise ValueError("a variable ends in the middle")
    return memoryview(found)


class _Elements:
    """Elements one after another.

    Args:
        data: Their bytes.
        order: Of the bytes of a number, ``<`` or ``>``.
    """

    def __init__(self, data: memoryview, order: str) -> None:
        self._data, self._order = data, order
        self._at = 0

    def at_end(self) -> bool:
        """Return whether there is no further element."""
        return self._at >= len(self._data)

    def left(self) -> int:
        """Return how many bytes there are still."""
        return len(self._data) - self._at

    def next(self) -> tuple[int, memoryview]:
        """Return type and data of the next element."""
        if self.left() < _TAG:
            raise ValueError("it ends in the middle")
        start = self._at
        kind, size = np.frombuffer(self._data[start : start + _TAG], f"{self._order}u4").tolist()
        if kind >> 16:  # a small element: its size is in the tag's first half, data in the second
            kind, size = kind & 0xFFFF, kind >> 16
            if size > 4:
                raise ValueError(f"a small element of {size} bytes")
            self._at += _TAG
            return kind, self._data[start + 4 : start + 4 + size]
        start += _TAG
        if size > len(self._data) - start:
            raise ValueError("it ends in the middle")
        padding = 0 if kind == _COMPRESSED else -size % 8
        self._at = start + size + padding
        return kind, self._data[start : start + size]

    def numbers(self) -> np.ndarray:
        """Return the next element's numbers, shape (n,)."""
        kind, data = self.next()
        if kind not in _NUMBERS:
            raise ValueError(f"an element of type {kind} stands for numbers")
        return np.frombuffer(data, self._order + _NUMBERS[kind])

    def characters(self) -> str:
        """Return the next element's characters."""
        kind, data = self.next()
        if kind in _ENCODINGS:
            encoding = _ENCODINGS[kind]
        elif kind in (3, 4):  # MATLAB's characters are units of UTF-16
            encoding = "utf-16"
        elif kind in (1, 2):
            encoding = "latin-1"
        else:
            raise ValueError(f"an element of type {kind} stands for characters")
        if encoding.startswith("utf-") and encoding != "utf-8":
            encoding += "-le" if self._order == "<" else "-be"
        return bytes(data).decode(encoding, "replace")


class _Array:
    """An array: of numbers, of characters, of cells or of structs.

    Args:
        data: The elements it is made of.
        order: Of the bytes of a number.
    """

    def __init__(self, data: memoryview, order: str) -> None:
        self._order = order
        self._elements = elements = _Elements(data, order)
        self._class, self._flags, self._shape, self.name = 6, 0, (0, 0), ""
        if not len(data):  # an empty entry of a cell or struct
            return
        flags = elements.numbers()
        if len(flags) != 2 or flags.dtype.kind != "u":
            raise ValueError("the flags of an array are damaged")
        self._flags, self._class = int(flags[0]), int(flags[0]) & 0xFF
        if self._class != _OPAQUE:  # which has no shape
            self._shape = tuple(elements.numbers().tolist())
            if len(self._shape) < 2 or min(self._shape) < 0:
                raise ValueError("the shape of an array is damaged")
        self.name = elements.characters()

    def value(self, way: WayIn) -> Any:
        """Return it as :func:`read_mat` describes."""
        if self._class == _SPARSE:
            raise UnfitContentError(SPARSE)
        if self._class == _CELL:
            return self._cell(way)
        if self._class == _STRUCT:
            return self._struct(way)
        if self._class == _CHAR:
            return self._text()
        if self._class in _CLASSES:
            return self._numbers()
        raise UnfitContentError(OBJECT)

    def _size(self) -> int:
        size = 1
        for length in self._shape:
            size *= length
        return size

    def _entries(self, count: int) -> Iterator[_Array]:
        if count * _TAG > self._elements.left():
            raise ValueError("it ends in the middle")
        for _ in range(count):
            kind, data = self._elements.next()
            if kind != _ARRAY:
                raise ValueError(f"an element of type {kind} stands for an array")
            yield _Array(data, self._order)

    def _cell(self, way: WayIn) -> list[Any]:
        with way.into(self._size()):
            return [entry.value(way) for entry in self._entries(self._size())]

    def _struct(self, way: WayIn) -> Any:
        length = self._elements.numbers()
        names = bytes(self._elements.next()[1])
        width = int(length[0]) if len(length) == 1 else 0
        if width < 1 or len(names) % width:
            raise ValueError("the names of a struct's fields are damaged")
        starts = range(0, len(names), width)
        fields = [names[at : at + width].split(b"\0")[0].decode("latin-1") for at in starts]
        count = self._size()
        with way.into(count * max(1, len(fields))):
            entries = self._entries(count * len(fields))
            found = [{field: next(entries).value(way) for field in fields} for _ in range(count)]
        return found[0] if count == 1 else found

    def _text(self) -> Any:
        if not self._size():
            return ""
        characters = self._elements.characters()
        rows = self._shape[0]
        if rows == 1:
            return characters
        if len(characters) != self._size():
            raise ValueError("a text is shorter than its shape")
        return [characters[row::rows].rstrip() for row in range(rows)]

    def _numbers(self) -> np.ndarray:
        size = self._size()
        found = self._part(size) if size else np.zeros(0)
        if self._flags & _COMPLEX and size:
            found = found + 1j * self._part(size)
        kind = np.dtype(bool if self._flags & _LOGICAL else _CLASSES[self._class])
        found = found if found.dtype.kind == "c" else found.astype(kind)
        return found.reshape(self._shape, order="F")

    def _part(self, size: int) -> np.ndarray:
        """Return the real or the imaginary numbers."""
        found = self._elements.numbers()
        if len(found) != size:
            raise ValueError("an array is shorter than its shape")
        return found
