"""Variables of a .mat of version 5, as MATLAB writes it with -v6 and -v7, as plain values.

MathWorks, MAT-File Format: a file is a row of elements, each a tag (type and number of bytes) and
its data; an array is an element made of elements. SciPy's compiled reader of it ends the process
when bytes are damaged (seen with 1.17), so that data of strangers are read here.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .unfit_content import OBJECT, SPARSE, UnfitContentError, WayIn
from .version5_heads import ARRAY, COMPRESSED, HEADER, OPAQUE, ORDERS, TAG, heads

# Type of an element's data: NumPy's name of it.
_NUMBERS = {
    **{1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4"},
    **{7: "f4", 9: "f8", 12: "i8", 13: "u8"},
}
_ENCODINGS = {16: "utf-8", 17: "utf-16", 18: "utf-32"}
_CELL, _STRUCT, _CHAR, _SPARSE = 1, 2, 4, 5
# Class of an array of numbers: NumPy's name of it; data may be stored in fewer bytes.
_CLASSES = {
    **{6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2"},
    **{12: "i4", 13: "u4", 14: "i8", 15: "u8"},
}
_LOGICAL, _COMPLEX = 1 << 9, 1 << 11
_LARGEST = 1 << 31  # B of a variable; a few compressed bytes can hold any number
_SMALL = 256  # B of an array that is kept, for galleries name the same picture a thousand times
_KEPT = 1 << 17  # of them
_LARGEST_ENTRY = 1 << 28  # B of one field of one struct
_UNKNOWN = object()


def names_of_version5(path: Path) -> list[str]:
    """Return what the file's variables are called."""
    with open(path, "rb") as file:
        return [head.name for head in heads(file) if head.name]


def read_version5(path: Path, names: Sequence[str]) -> dict[str, Any]:
    """Return variables as :func:`read_mat` describes them."""
    found = {}
    for name, array in _variables(path):
        if name in names and name not in found:
            found[name] = array.value(WayIn())
    return found


def entries_of_version5(path: Path, name: str) -> Iterator[Any]:
    """Yield the entries of a cell or an array of structs, of which one is in memory at a time."""
    with open(path, "rb") as file:
        head = next(head for head in heads(file) if head.name == name)
        if head.kind not in (_CELL, _STRUCT):
            raise UnfitContentError(f"{name}, which is neither a cell nor structs")
        stream, order, known = head.stream, head.order, dict[bytes, Any]()
        is_cell = head.kind == _CELL
        fields = [""] if is_cell else _field_names(stream.next()[1], stream.next()[1], order)
        if not fields:  # any number of such would fit into a few bytes
            raise UnfitContentError("structs without fields; it is no data set's file")
        for _ in range(head.size):
            values = {}
            for field in fields:
                kind, data = stream.next(most=_LARGEST_ENTRY)
                if kind != ARRAY:
                    raise ValueError(f"an element of type {kind} stands for an array")
                values[field] = _Array(memoryview(data), order, known).value(WayIn())
            yield values[""] if is_cell else values


def _variables(path: Path) -> Iterator[tuple[str, _Array]]:
    """Yield name and content of the variables in a file."""
    data = memoryview(path.read_bytes())
    order = ORDERS.get(bytes(data[124:HEADER]))
    if order is None:
        raise ValueError("neither version 5 nor 7.3")
    elements = _Elements(data[HEADER:], order)
    while not elements.at_end():
        kind, content = elements.next()
        if kind == COMPRESSED:
            kind, content = _Elements(_decompressed(content), order).next()
        if kind != ARRAY:
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
        self._unpack = struct.Struct(f"{order}II").unpack_from
        self._at = 0

    def at_end(self) -> bool:
        """Return whether there is no further element."""
        return self._at >= len(self._data)

    def left(self) -> int:
        """Return how many bytes there are still."""
        return len(self._data) - self._at

    def next(self) -> tuple[int, memoryview]:
        """Return type and data of the next element."""
        start = self._at
        if len(self._data) - start < TAG:
            raise ValueError("it ends in the middle")
        kind, size = self._unpack(self._data, start)
        if kind >> 16:  # a small element: its size is in the tag's first half, data in the second
            kind, size = kind & 0xFFFF, kind >> 16
            if size > 4:
                raise ValueError(f"a small element of {size} bytes")
            self._at += TAG
            return kind, self._data[start + 4 : start + 4 + size]
        start += TAG
        if size > len(self._data) - start:
            raise ValueError("it ends in the middle")
        padding = 0 if kind == COMPRESSED else -size % 8
        self._at = start + size + padding
        return kind, self._data[start : start + size]

    def arrays(self, count: int) -> Iterator[bytes]:
        """Yield the data of the next elements, which are arrays; of these there are millions."""
        data, unpack, end = self._data, self._unpack, len(self._data)
        at = self._at
        for _ in range(count):
            start = at + TAG
            if start > end:
                raise ValueError("it ends in the middle")
            kind, size = unpack(data, at)
            at = start + size + -size % TAG
            if kind != ARRAY or start + size > end:
                raise ValueError("what stands for an array is none, or ends in the middle")
            self._at = at
            yield data[start : start + size].tobytes()

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
        known: Numbers and texts by their bytes, which need not be read twice.
    """

    def __init__(self, data: memoryview, order: str, known: dict[bytes, Any] | None = None) -> None:
        self._order = order
        self._known = {} if known is None else known
        self._elements = elements = _Elements(data, order)
        self._class, self._flags, self._shape, self.name = 6, 0, (0, 0), ""
        if not len(data):  # an empty entry of a cell or struct
            return
        flags = elements.numbers()
        if len(flags) != 2 or flags.dtype.kind != "u":
            raise ValueError("the flags of an array are damaged")
        self._flags, self._class = int(flags[0]), int(flags[0]) & 0xFF
        if self._class != OPAQUE:  # which has no shape
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

    def _values(self, count: int, way: WayIn) -> Iterator[Any]:
        """Yield the values of the arrays inside this one."""
        known, parts = self._known, self._elements.arrays(count)
        for part in parts:
            value = known.get(part, _UNKNOWN)
            if value is _UNKNOWN:
                value = _Array(memoryview(part), self._order, known).value(way)
                if len(part) <= _SMALL and len(known) < _KEPT:
                    if isinstance(value, np.ndarray):
                        value.flags.writeable = False  # it may stand in many places
                    if isinstance(value, (str, np.ndarray)):
                        known[part] = value
            yield value

    def _cell(self, way: WayIn) -> list[Any]:
        with way.into(self._size()):
            return list(self._values(self._size(), way))

    def _struct(self, way: WayIn) -> Any:
        fields = _field_names(self._elements.next()[1], self._elements.next()[1], self._order)
        count = self._size()
        with way.into(count * max(1, len(fields))):
            values = self._values(count * len(fields), way)
            found = [dict(zip(fields, values, strict=False)) for _ in range(count)]
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


def _field_names(length: bytes | memoryview, names: bytes | memoryview, order: str) -> list[str]:
    """Return what the fields of a struct are called."""
    width = struct.unpack(f"{order}i", length)[0] if len(length) == 4 else 0
    if width < 1 or len(names) % width:
        raise ValueError("the names of a struct's fields are damaged")
    parts = (bytes(names[at : at + width]) for at in range(0, len(names), width))
    return [part.split(b"\0")[0].decode("latin-1") for part in parts]
