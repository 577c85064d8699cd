"""Records of a JSON annotation, with fields that are checked when they are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from plipdet.errors import InputError

from .json_list import JsonList

_LIMIT = 2**63


def read_records(
    path: Path, *, on_bytes: Callable[[int], object] | None = None
) -> Iterator[AnnotationRecord]:
    """Yield the records of a file that holds one JSON list of objects, in bounded memory.

    Args:
        path: The annotation file.
        on_bytes: Called with the number of bytes read since its last call, for a progress bar.

    Raises:
        InputError: If the file is not JSON, not a list, or has something else than objects in it.
    """
    for number, fields in enumerate(JsonList(path, on_bytes=on_bytes)):
        yield AnnotationRecord(path, number, fields)


class AnnotationRecord:
    """One object of a JSON list; what is wrong with it is told with file and record number.

    Args:
        file: The annotation file.
        number: Index of the record in the list, from 0.
        fields: The object.
    """

    __slots__ = ("fields", "file", "number")

    def __init__(self, file: Path, number: int, fields: Any) -> None:
        self.file = file
        self.number = number
        if not isinstance(fields, dict):
            self.fail(f"is {_shown(fields)}, expected an object with 'id', 'file_path', 'captions'")
        self.fields: dict[str, Any] = fields

    def fail(self, what: str) -> NoReturn:
        """Raise an InputError that says ``what`` of this record."""
        raise InputError(f"{self.file}: record {self.number} (from 0) {what}")

    def whole_number(self, key: str) -> int:
        """Return a required integer field."""
        value = self._required(key)
        if type(value) is not int:  # a bool is an int, too
            self.fail(f"has {key!r} = {_shown(value)}; expected a whole number")
        if not -_LIMIT <= value < _LIMIT:
            self.fail(f"has {key!r} = {_shown(value)}; expected a whole number of 64 bits")
        return value

    def text(self, key: str) -> str:
        """Return a required string field that is not blank."""
        value = self._required(key)
        self.check_text(value, key)
        return value

    def texts(self, *keys: str) -> list[str]:
        """Return a required, non-empty list of non-blank strings; any of ``keys`` may hold it."""
        found = self.optional_texts(*keys)
        if not found:
            self.fail(
                f"has no {' or '.join(map(repr, keys))}; every record needs at least one: add it "
                "or remove the record"
            )
        return found

    def optional_texts(self, *keys: str) -> list[str] | None:
        """Return a list of non-blank strings, ``None`` when it is missing or empty."""
        for key in keys:
            values = self.fields.get(key)
            if values is None or values == []:
                continue
            if not isinstance(values, list):
                self.fail(f"has {key!r} = {_shown(values)}; expected a list of strings")
            if not all(map(_is_good_text, values)):
                for i, value in enumerate(values):
                    self.check_text(value, f"{key}[{i}]")
            return values
        return None

    def _required(self, key: str) -> Any:
        if key not in self.fields:
            self.fail(f"has no {key!r}; its keys are {sorted(self.fields)}")
        return self.fields[key]

    def check_text(self, value: Any, where: str) -> None:
        """Fail unless ``value`` is a string with text in it."""
        if _is_good_text(value):
            return
        if not isinstance(value, str):
            self.fail(f"has {where} = {_shown(value)}; expected a string")
        if not value.strip():
            self.fail(f"has an empty {where}; write the text or remove the entry")
        try:
            value.encode()
        except UnicodeEncodeError:
            self.fail(f"has {where} = {_shown(value)}; a part of it is no character of Unicode")


def _is_good_text(value: Any) -> bool:
    """Return whether a value passes ``_check_text`` at a glance, as nearly all of millions do."""
    return type(value) is str and value.isascii() and value != "" and not value.isspace()


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
