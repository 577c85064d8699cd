"""PersonCells: one row of somebody's own CSV or Parquet, as the person table wants it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from plipdet.datasets.text.attribute_phrase_tagger import split_phrases
from plipdet.errors import InputError, near
from plipdet.structures import SPLITS

READ_COLUMNS = (
    "image",
    "person_id",
    "camera_id",
    "frame",
    "split",
    "captions",
    "prompt_captions",
    "attribute_phrases",
    "box",
    "parsing",
)
"""Columns of the person table that a file of one's own may have."""
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_SURROGATE = re.compile(r"[\ud800-\udfff]")  # no character of Unicode, which JSON can escape
_BETWEEN = re.compile(r"[\s,;]+")


class PersonCells:
    """The cells of one row; in a CSV they are all texts, and an empty one is an absent fact.

    Args:
        cells: Column to value.
        where: File and line, for messages.
    """

    def __init__(self, cells: Mapping[str, Any], where: str) -> None:
        self._cells = {k: v for k, v in cells.items() if not _is_absent(v)}
        self._where = where

    def row(self, numbers: Mapping[str, int]) -> dict[str, Any]:
        """Return the table's row.

        Args:
            numbers: Number of each identity's name.

        Raises:
            InputError: If a cell holds something else than its column means.
        """
        person = self.person()
        found = {
            "image": self._text("image"),
            "person_id": None if person is None else numbers[person],
            "camera_id": self._number("camera_id", least=0, below=2**31),
            "frame": self._number("frame", least=0, below=2**63),
            "split": self._split(),
            "captions": self._texts("captions"),
            "prompt_captions": self._texts("prompt_captions"),
            "attribute_phrases": self._phrases(),
            "box": self._box(),
            "parsing": self._text("parsing"),
        }
        if found["image"] is None:
            self._fail("has no image; every row names a picture relative to the folder")
        return found

    def person(self) -> str | None:
        """Return the name of the identity, ``None`` where there is none."""
        value = self._cells.get("person_id")
        if value is None:
            return None
        if type(value) is int or (isinstance(value, float) and value.is_integer()):
            value = str(int(value))
        if not isinstance(value, str):
            self._fail(f"has person_id = {value!r}; expected a number or a name")
        return value.strip()

    def _fail(self, what: str) -> NoReturn:
        raise InputError(f"{self._where} {what}")

    def _text(self, column: str) -> str | None:
        value = self._cells.get(column)
        if value is not None and not isinstance(value, str):
            self._fail(f"has {column} = {value!r}; expected a text")
        return value

    def _number(self, column: str, *, least: int, below: int) -> int | None:
        value = self._cells.get(column)
        if value is None:
            return None
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
            value = int(value)
        # A column of whole numbers with gaps is one of floats to pandas.
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if type(value) is not int or not least <= value < below:
            self._fail(f"has {column} = {value!r}; expected a whole number from {least} on")
        return value

    def _split(self) -> str | None:
        split = self._text("split")
        if split is not None and split not in SPLITS:
            self._fail(f"has split {split!r}{near(split, SPLITS)}; expected one of {SPLITS}")
        return split

    def _list(self, column: str) -> list[Any] | None:
        """Return a list cell: a list, or a text that is one in JSON; other texts are left alone."""
        value = self._cells.get(column)
        if isinstance(value, str) and value.lstrip().startswith("["):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError) as error:
                self._fail(f"has {column} = {value[:60]!r}, which is no JSON list: {error}")
        if value is None or isinstance(value, list):
            return value
        return [value]

    def _texts(self, column: str) -> list[str] | None:
        found = self._list(column)
        for text in found or ():
            if not isinstance(text, str) or not text.strip() or _SURROGATE.search(text):
                self._fail(
                    f"has {text!r} among its {column}; expected a sentence, or a JSON list of them"
                )
        return found or None

    def _phrases(self) -> list[str | None] | None:
        found = self._list("attribute_phrases")
        if not found:
            return None
        if not all(isinstance(phrase, str) or phrase is None for phrase in found):
            self._fail(f"has attribute_phrases = {found!r}; expected texts")
        try:
            return split_phrases(",".join(phrase or "unknown" for phrase in found))
        except InputError as error:
            self._fail(f"has wrong attribute_phrases: {error}")

    def _box(self) -> list[float] | None:
        value = self._list("box")
        if value is None:
            return None
        if len(value) == 1 and isinstance(value[0], str):
            value = _BETWEEN.split(value[0].strip())
        try:
            box = [float(number) for number in value]
        except (TypeError, ValueError):
            box = []
        in_order = len(box) == 4 and box[0] < box[2] and box[1] < box[3]
        if not in_order or not all(map(math.isfinite, box)):
            self._fail(f"has box = {value!r}; expected 'x1 y1 x2 y2' in px, x1 < x2 and y1 < y2")
        return box


def _is_absent(value: Any) -> bool:
    """Return whether a cell says nothing: null, NaN, or white space."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value != value
