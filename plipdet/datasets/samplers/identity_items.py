"""Which items of an identity make up a group."""

from __future__ import annotations

import numpy as np

from plipdet.structures import IdentityIndex

from ..item_draws import mixed


def items_of_groups(
    index: IdentityIndex,
    identity: np.ndarray,
    group: np.ndarray,
    *,
    images: int,
    salt: np.uint64 | None,
) -> np.ndarray:
    """Return the items of some groups, shape (groups x K,).

    The items of an identity, in an order that the salt makes, are cut into groups of K.

    Args:
        index: Items by identity.
        identity: Identity of each group, its place in the index, shape (groups,).
        group: Its number among the groups of the identity, shape (groups,).
        images: Items K of a group; with fewer items an identity repeats some.
        salt: Makes the order of an identity's items; ``None`` keeps them ascending.
    """
    counts = index.counts[identity]
    ends = np.cumsum(counts)
    owner = np.repeat(np.arange(len(identity)), counts)
    within = np.arange(len(owner)) - (ends - counts)[owner]
    rows = index.rows[index.offsets[identity][owner] + within]
    if salt is not None:
        rows = rows[np.lexsort((_hashed(rows, salt), owner))]
    # The last group ends with the last item, so that it is full where the identity has K.
    first = np.maximum(np.minimum(group * images, counts - images), 0)
    picked = (first[:, None] + np.arange(images)) % counts[:, None]
    return rows[(ends - counts)[:, None] + picked].ravel()


def _hashed(rows: np.ndarray, salt: np.uint64) -> np.ndarray:
    """Return a number per row that looks random."""
    return mixed(rows.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + salt)
