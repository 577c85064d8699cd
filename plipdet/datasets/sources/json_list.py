"""JsonList: the values of a JSON list one by one, in memory that does not grow with the file."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from plipdet.errors import InputError

_CHUNK = 1 << 20  # bytes
# A value or an error that ends so near to the end of the text at hand may end there only because
# the text does: "12" of "123", "tru" of "true", half an escape. Longer than the longest of these.
_MARGIN = 16
_SPACE = re.compile(r"[ \t\n\r]*")
_AFTER_VALUE = re.compile(r"[ \t\n\r]*([,\]])[ \t\n\r]*")
_KINDS = {'"': "string", "{": "object", "t": "boolean", "f": "boolean", "n": "null"}


class JsonList:
    """An iterable over the values of a file that holds one JSON list.

    The values are those of :func:`json.load`. A byte order mark is passed over.

    Args:
        path: The file, UTF-8.
        on_bytes: Called with the number of bytes read since its last call, for a progress bar.
        chunk: Bytes read at a time; more where one value is longer.

    Raises:
        InputError: While iterating, if the file is not JSON or not a list; the message tells the
            place and how many values came before it.
    """

    def __init__(
        self, path: Path, *, on_bytes: Callable[[int], object] | None = None, chunk: int = _CHUNK
    ) -> None:
        self.path = path
        self._on_bytes = on_bytes
        self._chunk = chunk

    def __iter__(self) -> Iterator[Any]:
        with open(self.path, "rb") as file:
            window = _Window(file, self.path, chunk=self._chunk, on_bytes=self._on_bytes)
            if not window.enter_list():
                more = True
                while more:
                    value, more = window.value()
                    yield value
            window.end()


class _Window:
    """The part of the file that is in memory, as text."""

    def __init__(
        self, file: BinaryIO, path: Path, *, chunk: int, on_bytes: Callable[[int], object] | None
    ) -> None:
        self.file, self.path, self.chunk, self.on_bytes = file, path, chunk, on_bytes
        self.text, self.at = "", 0
        self.ended = False
        self.values = 0
        self.bytes = 0
        self.lines, self.column = 0, 0  # before the text
        self.no_utf8_at: int | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._raw_decode = json.JSONDecoder().raw_decode

    def enter_list(self) -> bool:
        """Go past the opening bracket and tell whether the list is empty."""
        first = self._look()
        if first != "[":
            kind = _KINDS.get(first, "number" if first in "-0123456789" and first else None)
            if kind is None:
                self._fail("Expecting value", self.at)
            raise InputError(f"{self.path} holds a JSON {kind}; expected a list of records")
        self.at += 1
        if self._look() != "]":
            return False
        self.at += 1
        return True

    def value(self) -> tuple[Any, bool]:
        """Return the next value and whether another follows, and go past the comma or bracket."""
        while True:
            text, problem = self.text, ""
            try:
                value, stop = self._raw_decode(text, self.at)
                after = _AFTER_VALUE.match(text, stop)
                if after is not None:
                    stop = after.end()
                else:
                    stop, problem = _skip(text, stop), "Expecting ',' delimiter"
            except json.JSONDecodeError as error:
                problem, stop = error.msg, error.pos
                if not self.ended and problem.startswith("Unterminated string"):
                    stop = len(text)
            except RecursionError:
                self._fail("too many brackets within each other", self.at)
            except ValueError as error:  # Python reads no number of thousands of digits
                self._fail(str(error), self.at)
            if not self.ended and stop > len(text) - _MARGIN:
                self._read()
                continue
            if problem:
                self._fail(problem, stop)
            assert after is not None
            self.at = stop
            self.values += 1
            return value, after[1] == ","

    def end(self) -> None:
        """Check that nothing but white space follows, up to the end of the file."""
        if self._look():
            self._fail("Extra data", self.at)
        if self.no_utf8_at is not None:
            self._fail("", self.at)

    def _look(self) -> str:
        """Go to the next character that is no white space and return it, empty at the end."""
        while True:
            self.at = _skip(self.text, self.at)
            if self.at < len(self.text) or self.ended:
                return self.text[self.at : self.at + 1]
            self._read()

    def _read(self) -> None:
        """Drop the text before ``at`` and add a chunk, or as much again as one value has."""
        done = self.text[: self.at]
        self.lines += done.count("\n")
        self.column = len(done) - done.rfind("\n") - 1 + (self.column if "\n" not in done else 0)
        rest = self.text[self.at :]
        data = self.file.read(max(self.chunk, len(rest)))
        self.bytes += len(data)
        try:
            more = self._decoder.decode(data, final=not data)
            self.ended = not data
        except UnicodeDecodeError as error:
            # What comes before it is read first, and tells of its own faults.
            more = error.object[: error.start].decode()
            self.no_utf8_at = self.bytes - len(error.object) + error.start
            self.ended = True
        self.text, self.at = rest + more, 0
        if self.on_bytes is not None:
            self.on_bytes(len(data))

    def _fail(self, problem: str, at: int) -> NoReturn:
        read = f" after {self.values} whole record(s)" if self.values else ""
        if self.no_utf8_at is not None:
            raise InputError(
                f"{self.path} is not JSON: no UTF-8 text at offset {self.no_utf8_at}{read}; "
                "download it again"
            )
        before, unread = self.text[:at], len(self._decoder.getstate()[0])
        offset = self.bytes - unread - len(self.text[at:].encode())
        newline = before.rfind("\n")
        line = self.lines + before.count("\n") + 1
        column = at - newline if newline >= 0 else self.column + at + 1
        where = f"at offset {offset} (line {line}, column {column})"
        raise InputError(
            f"{self.path} is not JSON: {problem.removesuffix(' at')} {where}{read}; "
            "download it again, it may be cut short"
        )


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match is not None
    return match.end()
