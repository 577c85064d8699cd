"""SceneChecks: sets of whole pictures, with several people in one picture or nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from plipdet.datasets.sources.scene_source import SceneSource
from plipdet.errors import InputError
from plipdet.structures import PersonTable, SceneTable

from .camera_checks import NO_DISTRACTORS, ONE_CAMERA, QUERY_WITHOUT_MATCH
from .entry import Entry
from .finding_kind import note, warning
from .finding_log import FindingLog
from .identity_checks import DUPLICATE_RECORD, IMAGE_OF_TWO_IDENTITIES
from .json_entries import READER_REFUSES
from .picture_checks import HUGE, WIDE
from .picture_survey import SAME_FOR_TWO_IDENTITIES

PERSON_TWICE = warning(
    "person-twice-in-scene",
    "a scene has the same identity twice",
    "keep the right box: a search counts only the first one as the right answer",
)
EMPTY_SCENE = note(
    "empty-scene",
    "a scene has nobody in it",
    "nothing: a detector learns from it, and a search may find nobody there",
)
QUERIES_REFUSED = warning(
    "queries-refused",
    "the reader refuses the queries of the search protocol",
    "do as its message says before a test; training does not need them",
)
USUAL_IN_SCENES = tuple(
    kind.code
    for kind in (
        *(DUPLICATE_RECORD, IMAGE_OF_TWO_IDENTITIES, SAME_FOR_TWO_IDENTITIES, WIDE, HUGE),
        *(ONE_CAMERA, NO_DISTRACTORS),
    )
)
"""Codes of what is odd about pictures of one person, and as it should be in scenes."""


class SceneChecks:
    """Reads a set of scenes for the other checks, and has some of its own.

    Args:
        source: The reader.
        folder: Folder of the data set.
        log: Gets the findings.
    """

    def __init__(self, source: SceneSource, folder: Path, log: FindingLog) -> None:
        self._source, self._folder, self._log = source, folder, log
        self._rows: list[dict[str, Any]] = []
        self._scenes: list[dict[str, Any]] | None = None

    def entries(self) -> Iterator[Entry]:
        """Yield an entry for each person, and one for each scene without people."""
        number = -1
        try:
            for number, row in enumerate(self._source.rows_with_progress(self._folder)):
                self._rows.append(row)
                yield Entry(
                    number,
                    row["image"],
                    person_id=row["person_id"],
                    camera_id=row["camera_id"],
                    split=row["split"],
                    captions=row["captions"] or [],
                )
        except InputError as problem:
            self._log.add(READER_REFUSES, f"{problem}; {number + 1} people before it could be read")
            return
        self._scenes = self._source.scene_rows(self._folder)
        shown = {row["image"] for row in self._rows}
        for scene in self._scenes:
            if scene["image"] not in shown:
                number += 1
                self._log.add(EMPTY_SCENE, file=scene["image"])
                yield Entry(number, scene["image"], split=scene["split"])

    def check(self) -> None:
        """Check people who are twice in a scene, and queries, after all entries have been read."""
        if self._scenes is None:  # the reader has refused them
            return
        seen = Counter(
            (row["image"], row["person_id"]) for row in self._rows if row["person_id"] is not None
        )
        for (image, person_id), count in seen.items():
            if count > 1:
                self._log.add(PERSON_TWICE, f"identity {person_id}", file=image)
        people = PersonTable.from_rows(self._rows, self._folder, source=self._source.name)
        try:
            scenes = SceneTable.from_rows(self._scenes, people)
            queries = self._source.queries(scenes)
        except InputError as problem:
            self._log.add(QUERIES_REFUSED, str(problem))
            return
        images = scenes.images()
        for q in np.flatnonzero(np.diff(queries.match_ends) == 0):
            said = f"identity {queries.person_ids[q]}, query {q} (from 0)"
            self._log.add(QUERY_WITHOUT_MATCH, said, file=images[int(queries.scenes[q])])
