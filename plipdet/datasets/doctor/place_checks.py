"""Finding the data set's folder and annotation, also where the reader would not look."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from plipdet.datasets.sources.json_source import JsonSource
from plipdet.datasets.sources.person_source import PersonSource
from plipdet.datasets.sources.table_cache import FINGERPRINT, table_paths
from plipdet.errors import InputError
from plipdet.structures import PersonTable

from .finding_kind import error, note, warning
from .finding_log import FindingLog
from .set_facts import SetFacts
from .where_instead import where_instead

NO_ANNOTATION = error(
    "no-annotation",
    "the annotation is not there",
    "complete the download or unpack it, and name the folder that holds it",
)
OTHER_NAME = error(
    "annotation-other-name",
    "the annotation has a name that the reader does not look for",
    "rename it as the example says",
)
VARIANT = note(
    "annotation-variant",
    "the annotation has the second of the names it is known by",
    "nothing, if it is the only one",
)
SEVERAL = warning(
    "several-annotations",
    "there are several annotations, and only the first is read",
    "keep the one that is meant",
)
NESTED = error(
    "nested-folder",
    "the data set lies one folder deeper than the reader looks",
    "name the inner folder, or move its content up",
)
MISSING_FOLDER = error(
    "missing-folder",
    "a whole folder of pictures is missing",
    "unpack the part of the release that holds it",
)
UNFINISHED = warning(
    "unfinished-download",
    "a download was not finished",
    "finish it or download again, then delete this file",
)
ARCHIVE = note(
    "archive",
    "an archive lies beside the data",
    "nothing, if it was unpacked; a partly unpacked one shows as missing pictures",
)
STALE_CACHE = note(
    "stale-cache",
    "a table of an older annotation or reader is kept",
    "delete it to save room; it is not used",
)
BROKEN_CACHE = note(
    "broken-cache",
    "the table made of this annotation is damaged, or of another version",
    "nothing: the next run builds it again",
)

_UNFINISHED = (".part", ".crdownload", ".aria2", ".download", ".tmp", ".baidupcs-go-downloading")
_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".tar.gz", ".tgz", ".gz")
_VOLUME = re.compile(r"\.(?:z\d\d|zip\.\d{3}|7z\.\d{3}|tar\.\w\w|part\d+\.rar)$")
_ANNOTATIONS = (".json", ".jsonl", ".txt")


@dataclass(frozen=True)
class Place:
    """Where a data set lies.

    Args:
        folder: Its folder.
        annotation: Its annotation, a file or a folder.
        readable: Whether the reader finds it by itself.
    """

    folder: Path
    annotation: Path
    readable: bool


def find_place(source: PersonSource, facts: SetFacts, log: FindingLog) -> Place | None:
    """Return where the data set is, ``None`` when it is nowhere; say what is odd about it.

    Raises:
        InputError: If there is no such folder.
    """
    root = source.root
    if not root.is_dir():
        state = "is a file" if root.exists() else "does not exist"
        raise InputError(f"{root} {state}; name the data set's folder, or the folder that holds it")
    place = _as_reader(source) or _nested(source, log) or _renamed(source, facts, log)
    place = place or _parts_only(source, facts)
    if place is None:
        names = getattr(source, "annotation_names", ()) or (*facts.parts,)
        expected = f"expected {' or '.join(names)}" if names else "see the reader's layout"
        expected = f"{expected} in {root} or its {source.folder_names[0]}"
        log.add(NO_ANNOTATION, "; ".join(filter(None, (where_instead(source), expected))))
        _check_downloads(root, log)
        return None
    for part in facts.parts:
        if source.images is None:
            there = (place.folder / part).is_dir()
        else:
            there = next(iter(source.images.names(part)), None) is not None
        if not there:
            log.add(MISSING_FOLDER, file=part)
    if isinstance(source, JsonSource):
        _check_names(source, place.folder, place.annotation, log)
    _check_downloads(place.folder, log)
    if place.readable and not log.has(MISSING_FOLDER):
        _check_cache(source, place.folder, log)
    return place


def _as_reader(source: PersonSource) -> Place | None:
    try:
        folder = source.folder()
    except InputError:
        return None
    annotation = source.annotation(folder)
    assert annotation is not None, "folder() returned a folder without annotation"
    return Place(folder, annotation, True)


def _nested(source: PersonSource, log: FindingLog) -> Place | None:
    """Look two folders deeper than the root, as archives unpacked into their own name lie."""
    for outer in (source.root, *(source.root / name for name in source.folder_names)):
        for inner in _folders(outer):
            for place in (inner, *(inner / name for name in source.folder_names)):
                annotation = source.annotation(place)
                if annotation is not None:
                    log.add(NESTED, f"name {place}", file=str(place.relative_to(source.root)))
                    return Place(place, annotation, False)
    return None


def _renamed(source: PersonSource, facts: SetFacts, log: FindingLog) -> Place | None:
    if not isinstance(source, JsonSource):
        return None
    names = (*source.annotation_names, *facts.other_names)
    wanted = {_plain(name) for name in names}
    for folder in (source.root, *(source.root / name for name in source.folder_names)):
        for path in sorted(folder.glob("*")) if folder.is_dir() else ():
            alike = _plain(path.name) in wanted and path.suffix.lower() in _ANNOTATIONS
            if alike and path.is_file():
                log.add(OTHER_NAME, f"rename it to {source.annotation_names[0]}", file=path.name)
                return Place(folder, path, False)
    return None


def _parts_only(source: PersonSource, facts: SetFacts) -> Place | None:
    """Return the folder that has some of a set's parts, though not that which the reader wants."""
    for folder in (source.root, *(source.root / name for name in source.folder_names)):
        for part in facts.parts:
            if (folder / part).is_dir():
                return Place(folder, folder / part, False)
    return None


def _plain(name: str) -> str:
    """Return a file name's letters and digits; ``x (1).json`` and ``x.json.txt`` are ``x.json``."""
    stem = re.sub(r"(?i)(\.jsonl?|\.txt)+$", "", name.strip())
    stem = re.sub(r"\s*\(\d+\)$|[ _-]copy$", "", stem)
    return re.sub(r"[^a-z0-9]", "", stem.lower())


def _check_names(source: JsonSource, folder: Path, annotation: Path, log: FindingLog) -> None:
    names = [name for name in source.annotation_names if (folder / name).is_file()]
    if len(names) > 1:
        log.add(SEVERAL, f"{names[0]} is read, {' and '.join(names[1:])} is not")
    elif annotation.name in source.annotation_names[1:]:
        log.add(VARIANT, f"the first is {source.annotation_names[0]}", file=annotation.name)


def _check_downloads(folder: Path, log: FindingLog) -> None:
    for entry in sorted(os.listdir(folder)):
        low = entry.lower()
        if low.endswith(_UNFINISHED) and not low.startswith("."):
            log.add(UNFINISHED, file=entry)
        elif low.endswith(_ARCHIVES) or _VOLUME.search(low):
            log.add(ARCHIVE, file=entry)


def _check_cache(source: PersonSource, folder: Path, log: FindingLog) -> None:
    try:
        fingerprint = source.fingerprint(folder)
    except InputError:  # a file is missing, which is told when it is to be read
        return
    current = table_paths(folder, source.table_name, fingerprint)
    for path in current:
        if path.exists():
            try:
                PersonTable.open(path, folder, fingerprint=fingerprint)
            except InputError:
                log.add(BROKEN_CACHE, file=str(path))
    beside = current[0].parent
    for path in (
        sorted(beside.glob(f"{source.table_name}-{FINGERPRINT}*")) if beside.is_dir() else ()
    ):
        if path.name.partition(".")[0] != current[0].stem:
            log.add(STALE_CACHE, file=f"{beside.name}/{path.name}")


def _folders(place: Path) -> list[Path]:
    try:
        return sorted(path for path in place.iterdir() if path.is_dir())
    except OSError:
        return []
