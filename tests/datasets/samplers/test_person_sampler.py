import pytest

from plipdet.datasets.samplers import PersonSampler

MODULE = "plipdet.datasets.samplers.person_sampler"


@pytest.fixture
def keys_of_ranks(monkeypatch):
    def keys(size, world_size, *, epoch=0, **arguments):
        monkeypatch.setattr(f"{MODULE}.world_size", lambda: world_size)
        found = []
        for rank in range(world_size):
            monkeypatch.setattr(f"{MODULE}.rank", lambda rank=rank: rank)
            sampler = PersonSampler(range(size), **arguments)
            sampler.set_epoch(epoch)
            found.append(list(sampler))
            assert len(found[-1]) == len(sampler)
        return found

    return keys


def test_in_order_with_the_epoch_in_the_key(keys_of_ranks):
    assert keys_of_ranks(3, 1, shuffle=False, epoch=4) == [[(0, 4), (1, 4), (2, 4)]]


def test_ranks_share_one_epochs_order(keys_of_ranks):
    (alone,) = keys_of_ranks(12, 1, epoch=2)
    for world_size in (2, 3, 4):
        ranks = keys_of_ranks(12, world_size, epoch=2)
        assert [key for step in zip(*ranks, strict=True) for key in step] == alone
    assert sorted(row for row, _ in alone) == list(range(12)) != [row for row, _ in alone]


def test_epochs_and_seeds_have_orders_of_their_own(keys_of_ranks):
    orders = {
        tuple(row for row, _ in keys_of_ranks(30, 1, epoch=epoch, seed=seed)[0])
        for epoch in range(3)
        for seed in range(3)
    }
    assert len(orders) == 9


@pytest.mark.parametrize("size", [1, 2, 7])
def test_round_up_gives_the_first_rows_again(keys_of_ranks, size):
    ranks = keys_of_ranks(size, 3, shuffle=False)
    dealt = [row for step in zip(*ranks, strict=True) for row, _ in step]
    assert dealt == [n % size for n in range(-(-size // 3) * 3)]


def test_without_round_up_every_row_comes_once(keys_of_ranks):
    ranks = keys_of_ranks(7, 3, round_up=False)
    assert [len(keys) for keys in ranks] == [3, 2, 2]
    assert sorted(row for keys in ranks for row, _ in keys) == list(range(7))


def test_no_seed_draws_one():
    assert isinstance(PersonSampler(range(3), seed=None).seed, int)
