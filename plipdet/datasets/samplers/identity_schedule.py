"""Which identities make up each step of an epoch, all of a step being different."""

from __future__ import annotations

import numpy as np


def count_steps(groups: np.ndarray, width: int) -> int:
    """Return how many steps of ``width`` different identities the groups can fill.

    S steps can be filled when identities with more than S groups use S of them, so the answer is
    the largest S with sum_k min(groups_k, S) >= S x width.

    Args:
        groups: Number of groups of each identity, 1 or more, shape (K,).
        width: Identities of a step.
    """
    # Sorted, the sum is groups below S as they are plus S for each of the others.
    ascending = np.sort(groups)
    below = np.concatenate([[0], np.cumsum(ascending, dtype=np.int64)])
    low, high = 0, int(below[-1]) // width
    while low < high:
        middle = (low + high + 1) // 2
        smaller = int(np.searchsorted(ascending, middle))
        if below[smaller] + (len(groups) - smaller) * middle >= middle * width:
            low = middle
        else:
            high = middle - 1
    return low


def schedule_groups(
    groups: np.ndarray, width: int, *, rng: np.random.Generator | None
) -> tuple[np.ndarray, np.ndarray]:
    """Deal the groups of all identities to steps so that no identity is twice in a step.

    The groups, those of an identity one after the other, fill slot 0 of all S steps, then slot 1,
    and so on. An identity has at most S of them, so that only one that spans two slots can meet
    itself; there the steps of two groups are exchanged.

    Args:
        groups: Number of groups of each identity, 1 or more, shape (K,).
        width: Identities of a step.
        rng: Shuffles identities and steps; ``None`` keeps the identities in order.

    Returns:
        Identity (an index below K) and group (an index below its number of groups) of each place,
        both of shape (S, width), S as :func:`count_steps` says. Groups that fill no whole step are
        left out; without ``rng`` they are the last ones.
    """
    steps = count_steps(groups, width)
    order = np.arange(len(groups)) if rng is None else rng.permutation(len(groups))
    counts = np.minimum(groups[order], steps)
    taken = np.repeat(np.arange(len(order)), counts)[: steps * width]  # whose group has a place
    number = np.arange(len(taken)) - (np.cumsum(counts) - counts)[taken]
    step = np.tile(np.arange(steps), (width, 1))  # that each place of a slot goes to
    if rng is not None and steps:
        step = rng.permuted(step, axis=1)
        _part_identities(step, taken.reshape(width, steps))
    place = np.empty_like(step)  # of each slot and step
    np.put_along_axis(place, step, np.arange(steps * width).reshape(width, steps), axis=1)
    return order[taken[place.T]], number[place.T]


def _part_identities(step: np.ndarray, identity: np.ndarray) -> None:
    """Exchange steps so that an identity at the end of a slot and the start of the next parts.

    Args:
        step: Step of each place, a permutation per slot, shape (slots, S); changed in place.
        identity: Identity of each place, the same shape.
    """
    for slot in range(1, len(step)):
        shared = identity[slot, 0]
        if identity[slot - 1, -1] != shared:
            continue
        taken = np.zeros(step.shape[1], dtype=bool)
        taken[step[slot - 1, identity[slot - 1] == shared]] = True
        met = taken[step[slot]]
        head = int((identity[slot] == shared).sum())
        wrong = np.flatnonzero(met[:head])
        free = head + np.flatnonzero(~met[head:])[: len(wrong)]
        step[slot, wrong], step[slot, free] = step[slot, free], step[slot, wrong]
