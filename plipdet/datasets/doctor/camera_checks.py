"""Checks of cameras, queries and gallery."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from .annotation_text import BROKEN
from .finding_kind import note, warning
from .finding_log import FindingLog
from .identity_checks import people
from .name_entries import EMPTY_FOLDER
from .place_checks import MISSING_FOLDER
from .set_columns import SetColumns
from .set_facts import SetFacts

CAMERA_OUT_OF_RANGE = warning(
    "camera-out-of-range",
    "a camera's number is none of the release's",
    "correct the name; the protocol drops matches of the query's own camera",
)
QUERY_WITHOUT_MATCH = warning(
    "query-without-match",
    "a query's identity is not in the gallery",
    "complete the gallery; such queries count for nothing",
)
QUERY_WITHOUT_OTHER_CAMERA = warning(
    "query-without-other-camera",
    "a query's matches are all of its own camera, which the protocol drops",
    "complete the gallery; such queries count for nothing",
)
ONE_CAMERA = note(
    "one-camera-identity",
    "a training identity was seen by one camera only",
    "nothing: it teaches nothing across cameras",
)
NO_DISTRACTORS = note(
    "no-distractors",
    "the gallery has no distractors",
    "complete the gallery: results without them look better than others'",
)


def check_cameras(columns: SetColumns, facts: SetFacts, log: FindingLog) -> None:
    """Check the numbers of cameras, and whether queries can be answered across them."""
    cameras = columns.camera_ids
    if not (cameras >= 0).any():
        return
    known = people(columns, facts) & (cameras >= 0)
    if facts.cameras is not None:
        low, high = facts.cameras
        for row in np.flatnonzero((cameras >= 0) & ((cameras < low) | (cameras > high))):
            said = f"camera {cameras[row]}; the release has {low} to {high}"
            log.add(CAMERA_OUT_OF_RANGE, said, file=columns.path(int(row)))
    seen_by = _cameras_of(columns, known & columns.of_split("train"))
    for person_id, found in seen_by.items():
        if len(found) == 1:
            log.add(ONE_CAMERA, f"identity {person_id}, camera {min(found)}")
    if not log.has(*BROKEN, EMPTY_FOLDER, MISSING_FOLDER):
        _check_queries(columns, facts, known, log)


def _check_queries(
    columns: SetColumns, facts: SetFacts, known: np.ndarray, log: FindingLog
) -> None:
    gallery = columns.of_split("gallery")
    answers = _cameras_of(columns, known & gallery)
    for row in np.flatnonzero(known & columns.of_split("query")):
        found = answers.get(int(columns.person_ids[row]))
        file = columns.path(int(row))
        if not found:
            log.add(QUERY_WITHOUT_MATCH, file=file)
        elif found == {int(columns.camera_ids[row])}:
            log.add(QUERY_WITHOUT_OTHER_CAMERA, file=file)
    if facts.distractor_id is not None and gallery.any():
        if not (columns.person_ids[gallery] == facts.distractor_id).any():
            log.add(NO_DISTRACTORS)


def _cameras_of(columns: SetColumns, rows: np.ndarray) -> dict[int, set[int]]:
    cameras: dict[int, set[int]] = defaultdict(set)
    pairs = np.stack([columns.person_ids[rows], columns.camera_ids[rows]], axis=1)
    for person_id, camera in np.unique(pairs, axis=0):
        cameras[int(person_id)].add(int(camera))
    return dict(cameras)
