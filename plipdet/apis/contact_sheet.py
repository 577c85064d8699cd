"""sheet_items: rows of a table, ready for a contact sheet."""

from __future__ import annotations

import numpy as np

from plipdet.datasets.text import AttributePhraseTagger
from plipdet.errors import InputError
from plipdet.structures import PersonTable
from plipdet.visualization import SheetItem

from .person_picture import person_picture


def sheet_items(
    table: PersonTable, *, count: int = 32, per_identity: int = 4, seed: int = 0
) -> list[SheetItem]:
    """Return pictures of random identities, those of one identity side by side.

    A row without identity, such as a stranger in a scene, counts as an identity of its own.

    Args:
        table: Rows to choose from.
        count: How many pictures at most.
        per_identity: Pictures of one identity at most.
        seed: Chooses the identities.

    Raises:
        InputError: If a number is below 1, or a picture cannot be read.
    """
    if count < 1 or per_identity < 1:
        raise InputError(f"{count} pictures, {per_identity} an identity; expected 1 or more")
    tagger = AttributePhraseTagger()
    items = []
    for row in _rows(table, per_identity, seed)[:count]:
        record = table[row]
        facts = [("id", record.person_id), ("cam", record.camera_id)]
        label = " · ".join(f"{name} {value}" for name, value in facts if value is not None)
        caption = (record.captions or [""])[0]
        phrases = tagger(caption, record.attribute_phrases)
        items.append(SheetItem(person_picture(table, row), label, caption, phrases))
    return items


def _rows(table: PersonTable, per_identity: int, seed: int) -> list[int]:
    """Return rows grouped by identity, identities in random order; a stranger is one alone."""
    column = table.column("person_id")
    known = column.is_valid().to_numpy()
    ids = column.fill_null(0).to_numpy().astype(np.int64)
    ids[~known] = ids.max(initial=0) + 1 + np.arange(np.count_nonzero(~known))
    rng = np.random.default_rng(seed)
    order = np.argsort(ids, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(ids[order])) + 1)
    chosen = [groups[g][:per_identity] for g in rng.permutation(len(groups))]
    return np.concatenate(chosen).tolist() if chosen else []
