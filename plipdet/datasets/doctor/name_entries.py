"""name_entries: the pictures of a set whose file names are its annotation."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from plipdet.datasets.stores import ImageStore

from .entry import Entry
from .finding_kind import error, warning
from .finding_log import FindingLog
from .set_facts import SetFacts

BAD_NAME = error(
    "bad-image-name",
    "a picture's name does not tell identity and camera",
    "name it like 0002_c1s1_000451_03.jpg, or take it out of the folder",
)
UNREAD_PICTURE = warning(
    "unread-picture",
    "a picture does not end in .jpg and is passed over by the reader",
    "convert it to JPEG, or rename it if it is one",
)
JUNK_OUTSIDE_GALLERY = error(
    "junk-outside-gallery",
    "junk boxes lie outside of the gallery's folder",
    "move or delete them: only the gallery has pictures of identity -1",
)
DISTRACTOR_OUTSIDE_GALLERY = error(
    "distractor-outside-gallery",
    "distractors lie outside of the gallery's folder",
    "move or delete them: only the gallery has pictures of identity 0",
)
EMPTY_FOLDER = error(
    "empty-folder", "a folder of the data set holds no picture", "complete the extraction"
)

READ_SUFFIX = ".jpg"
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif")


def name_entries(
    folder: Path, facts: SetFacts, log: FindingLog, *, packed: ImageStore | None = None
) -> Iterator[Entry]:
    """Yield an entry for each picture of each part, in name order.

    Args:
        folder: Folder of the data set; parts that it lacks are left out.
        facts: What is known of the data set, with ``parts`` and ``name_pattern``.
        log: Gets the findings.
        packed: Store whose names are read instead of the folder's.
    """
    record = 0
    for part, split in facts.parts.items():
        names = _names(folder, part, packed)
        if names is None:
            continue
        pictures = [name for name in names if name.lower().endswith(PICTURE_SUFFIXES)]
        if not pictures:
            log.add(EMPTY_FOLDER, file=part)
        for name in pictures:
            entry = _read_name(f"{part}/{name}", name, split, facts, log)
            entry.record, record = record, record + 1
            yield entry


def _names(folder: Path, part: str, packed: ImageStore | None) -> list[str] | None:
    """Return the sorted names in a part, ``None`` where there is no such part."""
    if packed is not None:
        return sorted(name.removeprefix(f"{part}/") for name in packed.names(part)) or None
    return sorted(os.listdir(folder / part)) if (folder / part).is_dir() else None


def _read_name(image: str, name: str, split: str, facts: SetFacts, log: FindingLog) -> Entry:
    entry = Entry(0, image, split=split)
    if not name.endswith(READ_SUFFIX):
        log.add(UNREAD_PICTURE, file=image)
    assert facts.name_pattern is not None, "a set with parts has a pattern of names"
    match = facts.name_pattern.match(name)
    if match is None:
        log.add(BAD_NAME, file=image)
        return entry
    entry.person_id = int(match["id"])
    entry.camera_id = int(match["camera"])
    if split != "gallery" and entry.person_id == facts.junk_id:
        log.add(JUNK_OUTSIDE_GALLERY, file=image)
    if split != "gallery" and entry.person_id == facts.distractor_id:
        log.add(DISTRACTOR_OUTSIDE_GALLERY, file=image)
    return entry
