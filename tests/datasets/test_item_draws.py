import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plipdet.datasets.item_draws import item_draws, mixed


def test_splitmix_of_the_paper():
    # The first outputs of the generator with seed 1234567, as its reference code prints them.
    step, state, found = 0x9E3779B97F4A7C15, 1234567, []
    for _ in range(3):
        state = state + step & (1 << 64) - 1
        found.append(mixed(state))
    assert found == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 10**6),
    st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=9),
)
def test_many_at_a_time_are_the_same(seed, epoch, items):
    first, second = item_draws(seed, epoch, np.array(items, np.uint64))
    assert [item_draws(seed, epoch, item) for item in items] == list(
        zip(first.tolist(), second.tolist(), strict=True)
    )


def test_draws_are_uniform_and_unrelated():
    items = np.arange(20_000, dtype=np.uint64)
    keys = ((0, 0, 0), (0, 1, 0), (0, 2, 1), (1, 0, 0), (1, 0, 1), (1, 1, 2))
    found = [
        draw
        for seed, epoch, stream in keys
        for draw in item_draws(seed, epoch, items, stream=stream)
    ]
    for draw in found:
        assert 0 <= draw.min() and draw.max() < 1
        shares = np.histogram(draw, bins=10, range=(0, 1))[0] / len(items)
        assert np.abs(shares - 0.1).max() < 0.01
    shifted = [draw[1:] for draw in found] + [draw[:-1] for draw in found]
    related = np.corrcoef(shifted) - np.eye(len(shifted))
    assert np.abs(related).max() < 0.04
