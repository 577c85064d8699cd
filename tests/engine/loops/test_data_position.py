import pytest

from plipdet.engine.loops.data_position import where_to_go_on

LAYOUT = {"batches": 100, "batch_size": 8, "ranks": 2, "items": 1600, "dealt": True}


def go_on(batch=30, before=None, now=None):
    state = {"pass": 2, "batch": batch, "layout": {**LAYOUT, **(before or {})}}
    return where_to_go_on(state, {**LAYOUT, **(now or {})})


def test_the_same_layout_goes_on_exactly():
    assert go_on() == (2, 30, None)


@pytest.mark.parametrize(
    ("now", "batch"),
    [
        ({"ranks": 1, "batches": 200}, 60),  # 30 x 8 x 2 rows were read
        ({"ranks": 4, "batches": 50}, 15),
        ({"batch_size": 16, "batches": 50}, 15),
        ({"batch_size": 10, "ranks": 1, "batches": 160}, 48),
        ({"batch_size": 7, "batches": 115}, 34),  # 480 / 14, rounded down: none is left out
    ],
)
def test_other_ranks_or_batches_leave_out_as_many_rows(now, batch):
    number, here, warning = go_on(now=now)
    assert (number, here) == (2, batch)
    assert "480 rows of pass 3 were read" in warning
    for key, words in (("ranks", "ranks 2 ->"), ("batch_size", "batch size 8 ->")):
        assert (words in warning) == (key in now)


def test_a_position_past_the_end_is_the_end():
    assert go_on(batch=100, now={"batch_size": 16, "batches": 40})[:2] == (2, 40)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({}, {"items": 1599}),
        ({}, {"ranks": 4, "dealt": False}),
        ({"dealt": False}, {"ranks": 4}),
        ({"batch_size": None}, {"ranks": 4, "batch_size": None}),
    ],
)
def test_a_position_without_meaning_is_the_start_of_the_pass(before, now):
    number, batch, warning = go_on(before=before, now=now)
    assert (number, batch) == (2, 0)
    assert "pass 3 over the data starts from its beginning" in warning


def test_between_passes_no_row_is_lost():
    number, batch, warning = go_on(batch=0, now={"items": 1700})
    assert (number, batch) == (2, 0) and "items 1600 -> 1700" in warning
