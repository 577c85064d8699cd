"""Which rows of a table a data set keeps: of some splits, of some identities, a share of all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow.compute as pc

from plipdet.errors import InputError
from plipdet.structures import SPLITS, PersonTable


def rows_of_splits(table: PersonTable, split: str | Sequence[str] | None) -> PersonTable:
    """Return the rows of a split or of several, all for ``None``.

    Raises:
        InputError: If the table lacks one; a table without splits is all "train".
    """
    splits = (split,) if isinstance(split, str) else split
    if splits is None:
        return table
    if table.column("split").null_count < len(table):
        return table.where_split(*splits)
    for name in splits:
        if name != "train":
            hint = "it has no splits and is all 'train'" if name in SPLITS else f"one of {SPLITS}"
            raise InputError(f"no row of split {name!r} in {table.root}; {hint}")
    return table


def rows_with_identity(table: PersonTable) -> PersonTable:
    """Return the rows whose person is known.

    Raises:
        InputError: If there are none.
    """
    known = pc.is_valid(table.column("person_id")).to_numpy()
    if not known.any():
        raise InputError(f"the data in {table.root} have no identities; leave out identified_only")
    return table.select(known)


def rows_of_identities(
    table: PersonTable,
    *,
    max_identities: int | None = None,
    identity_share: float | None = None,
    without_held_out: float | None = None,
    only_held_out: float | None = None,
) -> PersonTable:
    """Return the rows of some identities, drawn in one fixed random order of them all.

    The held-out ones are the last of that order, the others are counted from its first, among
    those that are left. The arguments are those of :class:`plipdet.datasets.PersonDataset`.

    Raises:
        InputError: If a number is out of its range, two exclude each other, or there are no
            identities.
    """
    numbers = {
        "max_identities": max_identities,
        "identity_share": identity_share,
        "without_held_out": without_held_out,
        "only_held_out": only_held_out,
    }
    given = {name: number for name, number in numbers.items() if number is not None}
    if not given:
        return table
    _check(given)
    ids = table.numbers("person_id")
    if ids is None:
        options = " and ".join(given)
        raise InputError(f"the data in {table.root} have no identities; leave out {options}")
    order = np.random.Generator(np.random.Philox(0)).permutation(np.unique(ids))
    share = without_held_out or only_held_out
    if share is not None:
        first = _first_held_out(len(order), share)
        order = order[first:] if only_held_out else order[:first]
    if identity_share is not None:
        max_identities = max(1, round(identity_share * len(order)))
    return table.select(np.isin(ids, order[:max_identities]))


def rows_of_share(table: PersonTable, share: float | None) -> PersonTable:
    """Return a share of the rows, the first of one fixed random order, in the table's own order.

    Raises:
        InputError: If the share is not above 0 and up to 1.
    """
    if share is None:
        return table
    if not 0 < share <= 1:
        raise InputError(f"image_share = {share}; expected above 0 and up to 1, or None for all")
    order = np.random.Generator(np.random.Philox(0)).permutation(len(table))
    return table.select(np.sort(order[: max(1, round(share * len(table)))]))


def _first_held_out(identities: int, share: float) -> int:
    """Return how many identities come before the held-out ones; each side has one at least."""
    if identities < 2:
        raise InputError(f"of {identities} identity none can be held out; take more data")
    return identities - min(max(1, round(share * identities)), identities - 1)


def _check(given: dict[str, float]) -> None:
    for pair in (("max_identities", "identity_share"), ("without_held_out", "only_held_out")):
        if all(name in given for name in pair):
            raise InputError(f"{pair[0]} and {pair[1]} exclude each other; give one")
    for name, number in given.items():
        if name == "max_identities":
            if number < 1:
                raise InputError(f"{name} = {number}; expected 1 or more, or None for all")
        elif name == "identity_share":
            if not 0 < number <= 1:
                raise InputError(f"{name} = {number}; expected above 0 and up to 1, or None")
        elif not 0 < number < 1:
            raise InputError(f"{name} = {number}; expected a share between 0 and 1, or None")
