"""Who is where in CUHK-SYSU: one file has the boxes, others say whose they are."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from mmengine.logging import print_log

from plipdet.errors import InputError
from plipdet.mat_files import iter_mat

from .mat_record import MatRecord

Box = tuple[float, float, float, float]
"""Left, top, width, height, px."""


class Place(NamedTuple):
    """A box of a picture."""

    picture: str
    box: Box


class CuhkSysuBoxes:
    """The boxes of all pictures, and who is in them, as far as has been said.

    Args:
        path: ``Images.mat``.

    Raises:
        InputError: If it is damaged, or has something else in it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._of: dict[str, list[Box]] = {}
        self._who: dict[str, dict[Box, int | None]] = {}
        for number, entry in enumerate(iter_mat(path, "Img")):
            record = struct_of(path, f"Img({number + 1})", entry)
            (picture,) = record.texts("imname")
            if picture in self._of:
                raise InputError(f"{path} has the picture {picture} twice; download it again")
            boxes = [place.box for place in places(record, "box", picture=picture)]
            self._of[picture] = boxes
            self._who[picture] = dict.fromkeys(boxes)

    def __iter__(self) -> Iterator[tuple[str, list[tuple[Box, int | None]]]]:
        """Yield the pictures with their boxes and who is in each, ``None`` for nobody known."""
        for picture, boxes in self._of.items():
            who = dict(self._who[picture])
            # of two equal boxes the first is the person's
            yield picture, [(box, who.pop(box, None)) for box in boxes]

    def __contains__(self, picture: str) -> bool:
        return picture in self._of

    def name(self, place: Place, person_id: int, *, where: str) -> None:
        """Note who is in a box.

        Args:
            place: The box.
            person_id: Who.
            where: What says so, for messages.

        Raises:
            InputError: If there is no such box.
        """
        who = self._who.get(place.picture)
        shown = " ".join(f"{value:g}" for value in place.box)
        if who is None or place.box not in who:
            raise InputError(
                f"{where} is at {shown} (x y w h) of {place.picture}, where {self.path.name} has "
                f"{'no such picture' if who is None else 'no such box'}; the files are of "
                "different releases, download them again"
            )
        before = who[place.box]
        if before is not None and before != person_id:
            print_log(
                f"{where} is at {shown} (x y w h) of {place.picture}, where somebody else was said "
                f"to be; {person_id} takes the place of {before}",
                "current",
                logging.WARNING,
            )
        who[place.box] = person_id


def name_training_people(boxes: CuhkSysuBoxes, path: Path) -> int:
    """Note the people of ``Train.mat``, numbered from 1, and return how many there are."""
    number = 0
    for number, entry in enumerate(iter_mat(path, "Train"), 1):
        record = struct_of(path, f"Train{{{number}}}", entry)
        for place in places(record, "scene"):
            boxes.name(place, number, where=f"{path}: person {number}")
    return number


def struct_of(path: Path, where: str, entry: Any) -> MatRecord:
    """Return an entry that is a struct, perhaps in cells of one entry.

    Raises:
        InputError: If it is none.
    """
    while isinstance(entry, list) and len(entry) == 1:
        entry = entry[0]
    if not isinstance(entry, dict):
        raise InputError(f"{path}: {where} is no struct; download it again")
    return MatRecord(path, entry, where=f"{where}.")


def structs_of(record: MatRecord, field: str) -> list[Mapping[str, Any]]:
    """Return the structs of a field, which may have one, several or none."""
    if field not in record.values:
        record.record(field)  # raises
    entries = record.values[field]
    if isinstance(entries, np.ndarray) and not entries.size:
        return []
    while isinstance(entries, list) and len(entries) == 1:
        entries = entries[0]
    found = entries if isinstance(entries, list) else [entries]
    if not all(isinstance(entry, dict) for entry in found):
        raise InputError(f"{record.path}: {record.where}{field} holds something else than structs")
    return found


def places(record: MatRecord, field: str, *, picture: str | None = None) -> Iterator[Place]:
    """Yield the boxes of a field's structs; those without one are passed over.

    Args:
        record: What has the field.
        field: Its name.
        picture: That all of them are in; ``None`` where each names its own.
    """
    for number, entry in enumerate(structs_of(record, field)):
        value = entry.get("idlocate")
        if isinstance(value, np.ndarray) and not value.size:
            continue  # of galleries these are millions
        part = MatRecord(record.path, entry, where=f"{record.where}{field}({number + 1}).")
        found = part.boxes("idlocate")
        if len(found):
            name = part.texts("imname")[0] if picture is None else picture
            left, top, width, height = found[0].tolist()
            yield Place(name, (left, top, width, height))
