from plipdet.distributed import barrier, broadcast_object, is_main, rank, world_size


def _who_am_i(value):
    barrier()
    return rank(), world_size(), is_main(), broadcast_object(value)


def test_one_process_is_rank_0_of_1():
    assert _who_am_i("a") == (0, 1, True, "a")


def test_two_ranks(ranks):
    found = ranks.run(_who_am_i, [({"from": 0},), ({"from": 1},)])
    assert found == [(0, 2, True, {"from": 0}), (1, 2, False, {"from": 0})]
