"""Whether two lots of data, by what is written of them, have people in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


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


def _held_out(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether one has the identities that the other leaves out."""
    share = one.get("only_held_out")
    return share is not None and share == other.get("without_held_out")
