from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plipdet.datasets.samplers.identity_schedule import count_steps, schedule_groups

GROUPS = st.lists(st.integers(1, 12), min_size=1, max_size=15).map(np.array)


@given(GROUPS, st.integers(1, 6))
def test_steps_are_the_most_that_can_be_filled(groups, width):
    fits = [s for s in range(1, 200) if np.minimum(groups, s).sum() >= s * width]
    assert count_steps(groups, width) == max(fits, default=0)


@given(GROUPS, st.integers(1, 6), st.none() | st.integers(0, 9))
def test_no_identity_is_twice_in_a_step_and_no_group_twice_at_all(groups, width, seed):
    rng = None if seed is None else np.random.default_rng(seed)
    identity, group = schedule_groups(groups, width, rng=rng)
    assert identity.shape == group.shape == (count_steps(groups, width), width)
    assert all(len(set(step)) == width for step in identity.tolist())
    used = Counter(zip(identity.ravel().tolist(), group.ravel().tolist(), strict=True))
    assert set(used.values()) <= {1}
    assert all(0 <= g < groups[k] for k, g in used)
    assert len(used) == identity.size


def test_everything_comes_where_all_fits():
    identity, group = schedule_groups(np.array([3, 3, 3, 3]), 2, rng=np.random.default_rng(0))
    assert len(identity) == 6
    pairs = set(zip(identity.ravel().tolist(), group.ravel().tolist(), strict=True))
    assert pairs == {(k, g) for k in range(4) for g in range(3)}


def test_without_shuffling_the_identities_come_in_order():
    identity, _ = schedule_groups(np.ones(6, dtype=int), 2, rng=None)
    assert identity.T.ravel().tolist() == list(range(6))


@pytest.mark.parametrize("seed", range(3))
def test_neighbours_differ_from_step_to_step(seed):
    """The identities of a step meet others in their next one."""
    identity, _ = schedule_groups(np.full(400, 4), 8, rng=np.random.default_rng(seed))
    pairs = Counter(
        pair for step in identity.tolist() for pair in {(a, b) for a in step for b in step if a < b}
    )
    assert sum(count > 1 for count in pairs.values()) < 0.05 * len(pairs)
