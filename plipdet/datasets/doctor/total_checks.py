"""Checks of how many pictures, identities and captions there are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .annotation_text import BROKEN
from .caption_checks import CAPTION_COUNT, NO_CAPTIONS
from .finding_kind import error, warning
from .finding_log import FindingLog
from .identity_checks import people
from .json_entries import READER_REFUSES, RECORD_NOT_AN_OBJECT
from .name_entries import EMPTY_FOLDER
from .place_checks import MISSING_FOLDER
from .record_fields import (
    ID_NOT_A_NUMBER,
    MISSING_KEY,
    NEGATIVE_ID,
    NOT_A_LIST_OF_TEXTS,
    NOT_TEXT,
)
from .set_columns import SetColumns
from .set_facts import SetFacts, Totals

FEWER = warning(
    "fewer-than-known",
    "there are fewer pictures, identities or captions than there should be",
    "complete the download; for a part taken on purpose: --ignore fewer-than-known",
)
MORE = error(
    "more-than-known",
    "there are more pictures, identities or captions than there should be",
    "find out what was added: the set is no longer the one that others report on",
)
SPLIT_WITHOUT_RECORDS = warning(
    "split-without-records",
    "a split of the release has no record",
    "use the release's file; training or testing on that split will stop",
)
SHARED_CAPTION = warning(
    "caption-of-many-identities",
    "one caption stands for many identities",
    "rewrite or remove it: it calls right answers wrong in training and test",
)

_SHARED_BY = 10  # identities at least
_SHARED_PART = 0.01  # of the identities at least
# What was found already explains other numbers.
_NO_TOTALS = (*BROKEN, RECORD_NOT_AN_OBJECT, READER_REFUSES, EMPTY_FOLDER, MISSING_FOLDER)
_NO_IDENTITIES = (MISSING_KEY, ID_NOT_A_NUMBER, NEGATIVE_ID)
_NO_CAPTION_TOTAL = (MISSING_KEY, NOT_A_LIST_OF_TEXTS, NOT_TEXT, NO_CAPTIONS, CAPTION_COUNT)


def count_all(columns: SetColumns, facts: SetFacts, split: str = "") -> dict[str, int]:
    """Return how many different pictures, identities, and captions of the pictures there are.

    Args:
        columns: The entries.
        facts: Tells junk and distractors, which are nobody, and what an entry is.
        split: Only of this split; all when empty.
    """
    rows = np.flatnonzero(columns.of_split(split)) if split else np.arange(len(columns))
    first = np.unique(columns.hashes[rows], return_index=True)[1]
    known = people(columns, facts)[rows]
    captioned = rows if facts.shows_scenes else rows[first]
    return {
        "images": len(first) + (0 if split else columns.pathless),
        "identities": len(np.unique(columns.person_ids[rows][known])),
        "captions": int(columns.caption_counts[captioned].sum(dtype=np.int64)),
    }


def check_totals(
    columns: SetColumns, facts: SetFacts, known: Mapping[str, Totals], log: FindingLog
) -> None:
    """Compare what was counted with what is known, and find splits without records.

    Args:
        columns: The entries.
        facts: What is known of the data set.
        known: Known numbers by split, those of the whole set under ``""``.
        log: Gets the findings.
    """
    if log.has(*_NO_TOTALS):
        return
    silent = {
        "identities": log.has(*_NO_IDENTITIES),
        "captions": log.has(*_NO_CAPTION_TOTAL),
        "images": False,
    }
    for split, totals in known.items():
        counted = count_all(columns, facts, split)
        for name, count in counted.items():
            expected = getattr(totals, name)
            if not expected or silent[name] or count in expected:
                continue
            said = f"{count:,} {name}{' of ' + split if split else ''}; known: {max(expected):,}"
            log.add(MORE if count > max(expected) else FEWER, said)


def check_splits(columns: SetColumns, facts: SetFacts, log: FindingLog) -> None:
    """Find splits of the release that have no record."""
    if log.has(*_NO_TOTALS) or not len(columns) or (columns.split_codes < 0).any():
        return
    for split in facts.splits:
        if split not in columns.splits:
            log.add(SPLIT_WITHOUT_RECORDS, f"no record of {split}")


def check_shared_captions(columns: SetColumns, log: FindingLog) -> None:
    """Find captions that many identities share."""
    captions = np.sort(columns.captions)
    often = captions[_SHARED_BY - 1 :] == captions[: max(0, len(captions) - _SHARED_BY + 1)]
    repeated = np.unique(captions[_SHARED_BY - 1 :][often])
    del captions, often
    if not len(repeated):
        return
    least = max(_SHARED_BY, _SHARED_PART * len(np.unique(columns.person_ids)))
    mine = np.flatnonzero(_is_one_of(columns.captions, repeated))
    ends = np.cumsum(columns.caption_counts, dtype=np.int64)
    rows = np.searchsorted(ends, mine, side="right")
    for caption in repeated:
        having = rows[columns.captions[mine] == caption]
        identities = len(np.unique(columns.person_ids[having]))
        if identities >= least:
            row = int(having[0])
            said = f"a caption of this record is shared by {identities:,} identities"
            log.add_row(SHARED_CAPTION, columns, row, said)


def _is_one_of(values: np.ndarray, few: np.ndarray) -> np.ndarray:
    """Return which values are among sorted few, in pieces: an index of all would be as large."""
    pieces = np.array_split(values, 1 + len(values) // 1_000_000)
    return np.concatenate(
        [few[np.searchsorted(few, p).clip(max=len(few) - 1)] == p for p in pieces]
    )
