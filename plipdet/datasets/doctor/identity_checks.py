"""Checks of the identities of a whole data set."""

from __future__ import annotations

from array import array

import numpy as np

from .finding_kind import error, note, warning
from .finding_log import FindingLog
from .gender_words import BOTH, FEMALE, MALE
from .set_columns import NO_NUMBER, SetColumns
from .set_facts import SetFacts

IDS_OFF_BY_ONE = warning(
    "ids-off-by-one",
    "identities are all one more or one less than they should be",
    "shift them back, or do not mix this file with others of the data set",
)
ID_AGAINST_PATH = warning(
    "id-against-path",
    "a record's identity is not that of its picture's folder",
    "find out which is right: one of them puts two people into one",
)
ID_GAPS = note(
    "identity-gaps",
    "numbers between the smallest and the largest identity are not used",
    "nothing, if identities were removed on purpose",
)
IDENTITY_IN_TWO_SPLITS = error(
    "identity-in-two-splits",
    "an identity is in training and in test or validation",
    "keep it in one split: results would be too good",
)
SHARED_IDENTITIES = note(
    "shared-identities",
    "people are in training and in test, as the release parts its pictures",
    "nothing; results on a split_file that shares none tell more",
)
IMAGE_OF_TWO_IDENTITIES = error(
    "image-of-two-identities",
    "one picture is recorded for two identities",
    "keep the right record only",
)
DUPLICATE_RECORD = warning(
    "duplicate-record",
    "a picture is recorded twice",
    "join the records: it is drawn twice as often, and counts twice in a test",
)
GENDER_IN_IDENTITY = warning(
    "gender-in-identity",
    "records of an identity disagree on the gender",
    "take the majority's word, or drop the identity where there is none",
)

_NAMED = 3
_GROUPS = {"query": "test", "gallery": "test"}


def check_identities(
    columns: SetColumns, facts: SetFacts, log: FindingLog, *, expected: int
) -> None:
    """Check numbers, splits, pictures and genders of the identities.

    Args:
        columns: The entries.
        facts: What is known of the data set.
        log: Gets the findings.
        expected: Number of identities that there should be, 0 if nobody knows.
    """
    if not _check_paths(columns, facts, log):
        _check_first(columns, facts, log, expected)
    _check_gaps(columns, facts, log)
    _check_splits(columns, facts, log)
    _check_pictures(columns, log)
    _check_genders(columns, log)


def people(columns: SetColumns, facts: SetFacts) -> np.ndarray:
    """Return which rows show somebody known: neither junk nor distractor, shape (rows,)."""
    ids = columns.person_ids
    some = ids != NO_NUMBER
    for other in (facts.junk_id, facts.distractor_id):
        if other is not None:
            some &= ids != other
    return some


def _check_paths(columns: SetColumns, facts: SetFacts, log: FindingLog) -> bool:
    """Compare identities with their folders; return whether all are off by the same one."""
    pattern = facts.id_in_path
    if pattern is None:
        return False
    wrong, compared, by = array("i"), 0, {1: 0, -1: 0}
    ids = columns.person_ids
    for row in range(len(columns)):
        match = pattern.match(columns.path(row))
        if match is None or ids[row] == NO_NUMBER:
            continue
        compared += 1
        difference = int(ids[row]) - int(match[1])
        if difference:
            wrong.append(row)
            if difference in by:
                by[difference] += 1
    if compared and compared in by.values():
        said = "one less" if by[1] else "one more"
        log.add(IDS_OFF_BY_ONE, f"the numbers of the pictures' folders are {said}")
        return True
    for row in wrong:
        log.add_row(ID_AGAINST_PATH, columns, row, f"its id is {ids[row]}")
    return False


def _check_first(columns: SetColumns, facts: SetFacts, log: FindingLog, expected: int) -> None:
    ids = columns.person_ids[people(columns, facts)]
    if facts.first_id is None or not len(ids):
        return
    first, last = int(ids.min()), int(ids.max())
    # A part of the release may well begin at 2; shifted as a whole it also ends one later.
    if first == facts.first_id - 1 or (
        first == facts.first_id + 1 and last == facts.first_id + expected
    ):
        log.add(IDS_OFF_BY_ONE, f"they start at {first}, the release starts at {facts.first_id}")


def _check_gaps(columns: SetColumns, facts: SetFacts, log: FindingLog) -> None:
    if not facts.contiguous_ids:
        return
    used = np.unique(columns.person_ids[people(columns, facts)])
    if not len(used):
        return
    steps = np.flatnonzero(np.diff(used) > 1)
    for at in steps:
        low, high = int(used[at]) + 1, int(used[at + 1]) - 1
        said = f"{low}" if low == high else f"{low} to {high}"
        log.add(ID_GAPS, said, count=high - low + 1)


def _check_splits(columns: SetColumns, facts: SetFacts, log: FindingLog) -> None:
    """Find identities in two of train, val and test; query and gallery are both test."""
    names = ["train" if facts.val_shows_train and s == "val" else s for s in columns.splits]
    groups = np.array([*(_group(name) for name in names), -1], np.int64)
    row_groups = groups[columns.split_codes]
    rows = np.flatnonzero(people(columns, facts) & (row_groups >= 0))
    if not len(rows):
        return
    pairs = np.unique(np.stack([columns.person_ids[rows], row_groups[rows]], axis=1), axis=0)
    repeated = np.flatnonzero(np.diff(pairs[:, 0]) == 0)
    leaked = np.unique(pairs[repeated, 0])
    if facts.shares_people:
        if len(leaked):
            log.add(SHARED_IDENTITIES, f"{len(leaked):,} of {len(np.unique(pairs[:, 0])):,} people")
        return
    for person_id in leaked[:_NAMED]:
        mine = rows[columns.person_ids[rows] == person_id]
        splits = sorted({columns.splits[columns.split_codes[row]] for row in mine})
        said = f"identity {person_id} is in {' and '.join(splits)}"
        log.add(IDENTITY_IN_TWO_SPLITS, said, file=columns.path(int(mine[0])))
    if len(leaked) > _NAMED:
        log.add(IDENTITY_IN_TWO_SPLITS, count=len(leaked) - _NAMED)


def _group(split: str) -> int:
    names = ("train", "val", "test")
    name = _GROUPS.get(split, split)
    return names.index(name) if name in names else -1


def _check_pictures(columns: SetColumns, log: FindingLog) -> None:
    order = np.argsort(columns.hashes, kind="stable")
    hashes = columns.hashes[order]
    ids, records = columns.person_ids, columns.records
    for at in np.flatnonzero(hashes[1:] == hashes[:-1]):
        first, second = int(order[at]), int(order[at + 1])
        said = f"also record {records[first]}"
        kind = DUPLICATE_RECORD
        if ids[first] != ids[second] and NO_NUMBER not in (ids[first], ids[second]):
            kind = IMAGE_OF_TWO_IDENTITIES
            said = f"identity {ids[second]}, but {ids[first]} in record {records[first]}"
        log.add_row(kind, columns, second, said)


def _check_genders(columns: SetColumns, log: FindingLog) -> None:
    """Find identities with sure records of both genders; records unsure in themselves are told."""
    sure = np.isin(columns.genders, (MALE, FEMALE)) & (columns.person_ids != NO_NUMBER)
    rows = np.flatnonzero(sure)
    rows = rows[np.argsort(columns.person_ids[rows], kind="stable")]
    ids = columns.person_ids[rows]
    if not len(ids):
        return
    starts = np.flatnonzero(np.append(True, ids[1:] != ids[:-1]))
    told = np.bitwise_or.reduceat(columns.genders[rows], starts)
    ends = np.append(starts[1:], len(ids))
    for at in np.flatnonzero(told == BOTH):
        mine = rows[starts[at] : ends[at]]
        males = int((columns.genders[mine] == MALE).sum())
        odd = FEMALE if 2 * males >= len(mine) else MALE
        row = int(mine[columns.genders[mine] == odd][0])
        said = f"identity {ids[starts[at]]}: male in {males}, female in {len(mine) - males} records"
        log.add_row(GENDER_IN_IDENTITY, columns, row, said)
