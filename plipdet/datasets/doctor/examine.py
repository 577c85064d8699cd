"""examine: every check over one data set."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from plipdet.datasets.sources.attribute_source import AttributeSource
from plipdet.datasets.sources.json_source import JsonSource
from plipdet.datasets.sources.person_source import PersonSource
from plipdet.datasets.sources.scene_source import SceneSource
from plipdet.datasets.stores import FileStore
from plipdet.errors import InputError

from .attribute_checks import AttributeChecks
from .camera_checks import check_cameras
from .caption_checks import CaptionChecks
from .entry import Entry
from .file_checks import FileChecks
from .finding_log import FindingLog
from .identity_checks import check_identities
from .json_entries import READER_REFUSES, json_entries
from .known_sets import KNOWN_SETS
from .name_entries import name_entries
from .picture_survey import PictureSurvey
from .place_checks import Place, find_place
from .row_entries import row_entries
from .scene_checks import USUAL_IN_SCENES, SceneChecks
from .set_columns import SetColumns
from .set_facts import SetFacts
from .set_marker import known_totals, set_marker
from .total_checks import check_shared_captions, check_splits, check_totals, count_all

ALL, NONE = "all", "none"


@dataclass(frozen=True)
class Examination:
    """What the doctor saw.

    Args:
        folder: Folder of the data set, ``None`` where it was not found.
        log: The findings.
        counted: Numbers of pictures, identities, captions, and of pictures decoded.
    """

    folder: Path | None
    log: FindingLog
    counted: dict[str, int]


def examine(
    source: PersonSource,
    *,
    images: str | int = ALL,
    workers: int = 1,
    ignored: Collection[str] = (),
) -> Examination:
    """Check a data set and return all that is wrong with it.

    Args:
        source: Reader of the data set, which need not be able to read it.
        images: ``"all"``, ``"none"``, or how many pictures to decode, always the same ones.
        workers: Threads that decode pictures.
        ignored: Codes of findings to leave out.

    Raises:
        InputError: If the source's root is no folder, or an argument has no such meaning.
    """
    if images not in (ALL, NONE) and (isinstance(images, str) or images < 1):
        raise InputError(f"images = {images!r}; expected 'all', 'none', or a number from 1 on")
    if workers < 1:
        raise InputError(f"workers = {workers}; expected 1 or more")
    facts = KNOWN_SETS.get(source.name, SetFacts(optional=("captions",)))
    if isinstance(source, AttributeSource) and source.split_file is not None:
        facts = SetFacts(keys={}, uses_all=False)  # splits of one's own have their own numbers
    if source.image_folder:
        facts = replace(facts, image_folder=source.image_folder)
    if isinstance(source, SceneSource):
        facts = replace(facts, shows_scenes=True)
    log = FindingLog({*ignored, *(USUAL_IN_SCENES if facts.shows_scenes else ())})
    place = find_place(source, facts, log)
    if place is None:
        return Examination(None, log, {})
    columns = _read(source, place, facts, log)
    check_shared_captions(columns, log)
    columns.forget_captions()
    marker = set_marker(place.folder)
    known = known_totals(facts, marker)
    expected = max(known[""].identities, default=0) if known else 0
    check_identities(columns, facts, log, expected=expected)
    check_totals(columns, facts, known, log)
    if marker is None or "images_per_id" in marker:
        check_splits(columns, facts, log)
    check_cameras(columns, facts, log)
    counted = {"records": len(columns) + columns.pathless, **count_all(columns, facts)}
    try:
        store = source.image_store(place.folder)
    except InputError as problem:  # of a set that packs its pictures
        log.add(READER_REFUSES, str(problem))
        return Examination(place.folder, log, counted)
    folder = store.root if isinstance(store, FileStore) else place.folder
    present = FileChecks(columns, folder, facts, log, store=store)()
    chosen = _chosen(np.flatnonzero(present), images)
    survey = PictureSurvey(columns, store, log, workers=workers)
    counted["decoded"] = survey(chosen)
    return Examination(place.folder, log, counted)


def _read(source: PersonSource, place: Place, facts: SetFacts, log: FindingLog) -> SetColumns:
    """Read all entries into columns, and check each on the way."""
    columns = SetColumns()
    check_captions, check_attributes = CaptionChecks(facts, log), AttributeChecks(log)
    has_captions = "captions" in facts.keys and not facts.parts
    scenes = SceneChecks(source, place.folder, log) if isinstance(source, SceneSource) else None
    entries = _entries(source, place, facts, log) if scenes is None else scenes.entries()
    for entry in entries:
        if has_captions:
            check_captions(entry)
        columns.add(entry, check_attributes(entry))
    if scenes is not None:
        scenes.check()
    return columns


def _entries(
    source: PersonSource, place: Place, facts: SetFacts, log: FindingLog
) -> Iterator[Entry]:
    if isinstance(source, JsonSource) and source.name in KNOWN_SETS:
        return json_entries(source, place.folder, place.annotation, facts, log)
    if facts.parts:
        return name_entries(place.folder, facts, log, packed=source.images)
    return row_entries(source, place.folder, log)


def _chosen(rows: np.ndarray, images: str | int) -> np.ndarray:
    """Return the rows whose pictures are decoded; a sample is the same at every call."""
    if images == NONE:
        return rows[:0]
    if images == ALL or int(images) >= len(rows):
        return rows
    picked = np.random.Generator(np.random.Philox(0)).permutation(len(rows))[: int(images)]
    return rows[np.sort(picked)]


def describe(examination: Examination) -> dict[str, Any]:
    """Return an examination as a JSON report."""
    counts = {s.name.lower() + "s": n for s, n in examination.log.counts().items()}
    return {
        "folder": None if examination.folder is None else str(examination.folder),
        "counted": examination.counted,
        **counts,
        "findings": [finding.as_dict() for finding in examination.log.findings()],
    }
