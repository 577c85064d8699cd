"""The attribute labels of a table, and how often each attribute holds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from plipdet.errors import InputError
from plipdet.structures import AttributeFacts, PersonTable


def attribute_facts(table: PersonTable) -> AttributeFacts:
    """Return the names of a table's attributes, and the share of "yes" among known labels.

    Raises:
        InputError: If the table has no labels, or some rows of it have none.
    """
    names = table.attribute_names
    known, yes = np.zeros(len(names), np.int64), np.zeros(len(names), np.int64)
    for labels in _parts(table):
        known += (labels >= 0).sum(axis=0)
        yes += (labels == 1).sum(axis=0)
    share = np.where(known > 0, yes / np.maximum(known, 1), 0.5)
    return AttributeFacts(names, share.astype(np.float32))


def attribute_labels(table: PersonTable) -> np.ndarray:
    """Return all labels, 1 yes, 0 no, -1 unknown, int8, shape (rows, A).

    Raises:
        InputError: If the table has no labels, or some rows of it have none.
    """
    return np.concatenate([np.empty((0, len(table.attribute_names)), np.int8), *_parts(table)])


def _parts(table: PersonTable) -> Iterator[np.ndarray]:
    """Yield the labels in parts, int8, shape (n, A), so that millions need little memory."""
    names = table.attribute_names
    column = table.column("attribute_labels")
    if not names or column.null_count == len(column):
        raise InputError(
            f"the data in {table.root} have no attribute labels; take a source that has them, or "
            "make them of phrases with tools/data/phrases_to_attributes.py"
        )
    if column.null_count:
        raise InputError(
            f"{column.null_count} of {len(column)} rows of {table.root} have no attribute labels"
        )
    for chunk in column.chunks:
        yield chunk.flatten().to_numpy(zero_copy_only=False).reshape(-1, len(names))
