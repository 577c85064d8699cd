"""Whether two lots of data, by what is written of them, have people in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from plipdet.structures import PersonTable


def share_people(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two data sets come from the same files and from splits in common.

    Args:
        one: Of :func:`plipdet.engine.data_facts.data_facts`.
        other: Likewise.
    """
    place = "fingerprint" if "fingerprint" in one and "fingerprint" in other else "root"
    if place not in one or one[place] != other.get(place):
        return False
    splits, other_splits = set(one.get("splits", ())), set(other.get("splits", ()))
    if splits and other_splits and not splits & other_splits:
        return False
    return not (_held_out(one, other) or _held_out(other, one))


def people_elsewhere(table: PersonTable) -> dict[str, dict[str, int]] | None:
    """Return, by name of another split, how many of these people it shows.

    Args:
        table: Rows of some splits of a larger table.

    Returns:
        ``identities`` that are in both, and the ``pictures`` of them here; ``None`` where no
        identity is known, so that nobody can tell.
    """
    whole = table.whole()
    here, ids = _known(table)
    if not here.any():
        return None
    splits = whole.column("split").to_numpy(zero_copy_only=False)
    own = set(table.column("split").unique().to_pylist())
    known, all_ids = _known(whole)
    found = {}
    for split in sorted({s for s in splits if s is not None} - own):
        shared = np.intersect1d(ids[here], all_ids[known & (splits == split)])
        pictures = int(np.isin(ids[here], shared).sum())
        found[split] = {"identities": len(shared), "pictures": pictures}
    return found


def _known(table: PersonTable) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows have an identity, and the identities, 0 where there is none."""
    column = table.column("person_id")
    return column.is_valid().to_numpy(), column.fill_null(0).to_numpy()


def _held_out(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether one has the identities that the other leaves out."""
    share = one.get("only_held_out")
    return share is not None and share == other.get("without_held_out")
