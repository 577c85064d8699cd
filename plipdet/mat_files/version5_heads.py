"""What the variables of a .mat of version 5 are, found without reading what is in them."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np

from .unfit_content import UnfitContentError

HEADER = 128  # B, the last four of which are the version and the order of bytes
ORDERS = {b"\x00\x01IM": "<", b"\x01\x00MI": ">"}
TAG = 8  # B
ARRAY, COMPRESSED = 14, 15
OPAQUE = 17
_CHUNK = 1 << 20  # B read or decompressed at once


class Stream:
    """Elements of a variable, read and decompressed as they are asked for.

    Args:
        file: At the variable's data.
        size: Of these, B.
        order: Of the bytes of a number.
        compressed: Whether they are to be decompressed.
    """

    def __init__(self, file: BinaryIO, size: int, order: str, *, compressed: bool) -> None:
        self._file, self._left = file, size
        self._unpack = struct.Struct(f"{order}II").unpack
        self._zlib = zlib.decompressobj() if compressed else None
        self._ready, self._at = b"", 0

    def tag(self) -> tuple[int, int]:
        """Return two whole numbers of four bytes."""
        first, second = self._unpack(self._read(TAG))
        return first, second

    def next(self, *, most: int = _CHUNK) -> tuple[int, bytes]:
        """Return type and data of the next element, which is to have at most so many bytes."""
        tag = self._read(TAG)
        kind, size = self._unpack(tag)
        if kind >> 16:
            return kind & 0xFFFF, tag[4 : 4 + min(kind >> 16, 4)]
        if size > most:
            raise UnfitContentError(f"an entry of {size:,} B; it is no data set's file")
        data = self._read(size)
        self._read(-size % TAG)
        return kind, data

    def _read(self, count: int) -> bytes:
        if len(self._ready) - self._at < count:
            parts = [self._ready[self._at :]]
            held = len(parts[0])
            while held < count:
                parts.append(self._more())
                held += len(parts[-1])
            self._ready, self._at = b"".join(parts), 0
        self._at += count
        return self._ready[self._at - count : self._at]

    def _more(self) -> bytes:
        """Return some further bytes."""
        while True:
            rest = b"" if self._zlib is None else self._zlib.unconsumed_tail
            data = rest or self._file.read(min(_CHUNK, self._left))
            self._left -= 0 if rest else len(data)
            if not data:
                raise ValueError("it ends in the middle")
            found = data if self._zlib is None else self._zlib.decompress(data, _CHUNK)
            if found:
                return found


class Head(NamedTuple):
    """What a variable says of itself, and the elements behind that."""

    name: str
    kind: int
    size: int
    order: str
    stream: Stream


def heads(file: BinaryIO) -> Iterator[Head]:
    """Yield the heads of the variables in a file, without reading what is in them."""
    order = ORDERS.get(file.read(HEADER)[124:])
    if order is None:
        raise ValueError("neither version 5 nor 7.3")
    while tag := file.read(TAG):
        if len(tag) < TAG:
            raise ValueError("it ends in the middle")
        kind, size = struct.unpack(f"{order}II", tag)
        end = file.tell() + size
        stream = Stream(file, size, order, compressed=kind == COMPRESSED)
        if kind == COMPRESSED:
            kind, size = stream.tag()
        if kind != ARRAY:
            raise ValueError(f"an element of type {kind} stands for a variable")
        if size:
            flags = stream.next()[1]
            of = struct.unpack(f"{order}I", flags[:4])[0] & 0xFF
            shape = b"" if of == OPAQUE else stream.next()[1]  # which has no shape
            lengths = np.frombuffer(shape, f"{order}i4").tolist()
            yield Head(stream.next()[1].decode("latin-1"), of, math.prod(lengths), order, stream)
        file.seek(end)
