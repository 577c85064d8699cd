import time

import pytest

from plipdet.distributed import gather_patiently, rank, run_together
from plipdet.errors import InputError


def _gather(value):
    return gather_patiently(value)


def _work(slow, failing, error):
    def work():
        if rank() == slow:
            time.sleep(0.3)
        if rank() == failing:
            raise error
        return f"done by {rank()}", time.monotonic()

    start = time.monotonic()
    try:
        what, _ = run_together(work)
    except (InputError, RuntimeError, KeyError) as caught:
        return type(caught), str(caught)
    return what, time.monotonic() - start


def test_one_process_works_alone():
    assert gather_patiently({"a": 1}) == [{"a": 1}]
    assert run_together(lambda: 5) == 5

    def fail():
        raise InputError("no such file")

    with pytest.raises(InputError, match="no such file"):
        run_together(fail)


def test_values_come_in_rank_order(ranks):
    assert ranks.run(_gather, [("a",), ({"b": 2},)]) == [["a", {"b": 2}]] * 2


def test_ranks_wait_for_the_slowest(ranks):
    for (what, seconds), number in zip(
        ranks.run(_work, [(1, None, None)] * 2), (0, 1), strict=True
    ):
        assert what == f"done by {number}" and seconds > 0.25


def test_a_wrong_input_of_one_rank_reaches_all(ranks):
    for failing in (0, 1):
        found = ranks.run(_work, [(0, failing, InputError("record 3 is wrong"))] * 2)
        assert found == [(InputError, "record 3 is wrong")] * 2


def test_another_failure_of_one_rank_reaches_all(ranks):
    found = ranks.run(_work, [(1, 0, KeyError("x"))] * 2)
    assert found == [(KeyError, "'x'"), (RuntimeError, "rank 0: KeyError('x')")]
