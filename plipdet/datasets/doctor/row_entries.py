"""row_entries: the rows that a reader makes, for sets whose raw annotation has no check here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from plipdet.datasets.sources.person_source import PersonSource
from plipdet.errors import InputError

from .entry import Entry
from .finding_log import FindingLog
from .json_entries import READER_REFUSES


def row_entries(source: PersonSource, folder: Path, log: FindingLog) -> Iterator[Entry]:
    """Yield an entry for each row of the reader, up to the first that it refuses.

    Args:
        source: The reader.
        folder: Folder of the data set.
        log: Gets the findings.
    """
    number = -1
    try:
        for number, row in enumerate(source.rows_with_progress(folder)):
            yield Entry(
                number,
                row["image"],
                person_id=row.get("person_id"),
                camera_id=row.get("camera_id"),
                split=row.get("split"),
                captions=row.get("captions") or [],
                prompt_captions=row.get("prompt_captions") or [],
                phrases=row.get("attribute_phrases"),
            )
    except InputError as problem:
        log.add(READER_REFUSES, f"{problem}; {number + 1} rows before it could be read")
