"""CocoRecord: an entry of one list of a file in COCO's form."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, NoReturn

from plipdet.errors import InputError

from .annotated_scene import Box, corners
from .annotation_record import AnnotationRecord

_LARGEST = 1e9  # px
_CAMERAS = 2**31


class CocoRecord(AnnotationRecord):
    """One object of a list; what is wrong with it is told with file, list and number.

    Args:
        file: The JSON file.
        part: Name of the list.
        number: Index of the object in it, from 0.
        fields: The object.
    """

    __slots__ = ("part",)

    def __init__(self, file: Path, part: str, number: int, fields: Any) -> None:
        self.part = part
        super().__init__(file, number, fields)

    def fail(self, what: str) -> NoReturn:
        """Raise an InputError that says ``what`` of this record."""
        raise InputError(f"{self.file}: {self.part}[{self.number}] {what}")

    def box(self) -> Box:
        """Return ``bbox`` as xyxy, px."""
        box: Any = self.fields.get("bbox")
        if not is_box(box):
            self.fail(f"has bbox = {box!r}; expected [x, y, width, height]")
        return corners(box)

    def size(self) -> tuple[int, int] | None:
        """Return height and width, px, ``None`` where they are not told."""
        height, width = (self.fields.get(key) for key in ("height", "width"))
        if height is None or width is None:
            return None
        if type(height) is not int or type(width) is not int or min(height, width) < 1:
            self.fail(f"has height {height!r} and width {width!r}; expected px")
        return height, width

    def person_id(self) -> int | None:
        """Return who it is, ``None`` for nobody known."""
        value = self.optional_number("person_id")
        return None if value is None or value < 0 else value

    def camera_id(self) -> int | None:
        """Return the camera, ``None`` where it is not told."""
        value = self.optional_number("camera_id")
        if value is not None and not -_CAMERAS <= value < _CAMERAS:
            self.fail(f"has camera_id = {value}; expected a whole number of 32 bits")
        return value

    def optional_number(self, key: str) -> int | None:
        """Return a whole number, ``None`` where there is none."""
        return None if self.fields.get(key) is None else self.whole_number(key)

    def is_crowd(self) -> bool:
        """Return ``iscrowd``."""
        value = self.fields.get("iscrowd", 0)
        if not isinstance(value, int) or value not in (0, 1):
            self.fail(f"has iscrowd = {value!r}; expected 0 or 1")
        return bool(value)

    def is_of(self, people: Collection[int] | None, categories: Collection[int]) -> bool:
        """Return whether its ``category_id`` is one of people.

        Args:
            people: Categories of people; ``None`` if the file does not tell them.
            categories: All of the file.
        """
        if people is None:
            return True
        found = self.whole_number("category_id")
        if found not in categories:
            self.fail(f"has category_id = {found}, which is none of the file's categories")
        return found in people


def is_box(value: Any) -> bool:
    """Return whether a JSON value is a list of four numbers that can be px."""
    if not isinstance(value, list) or len(value) != 4:
        return False
    return all(type(v) in (int, float) and -_LARGEST < v < _LARGEST for v in value)
