import pytest

from plipdet.engine.protocol import warnings
from plipdet.engine.shared_people import share_people

MARKET = {"root": "/data/market", "fingerprint": "ab", "source": "market1501", "items": 9}


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ({"splits": ["train"]}, {"splits": ["gallery"]}, False),
        ({"splits": ["gallery", "train"]}, {"splits": ["gallery"]}, True),
        ({"splits": []}, {"splits": ["gallery"]}, True),  # all rows
        ({"splits": ["train"]}, {"splits": ["train"], "fingerprint": "cd"}, False),
        ({"splits": ["train"], "without_held_out": 0.1},
         {"splits": ["train"], "only_held_out": 0.1}, False),
        ({"splits": ["train"], "without_held_out": 0.1},
         {"splits": ["train"], "only_held_out": 0.2}, True),
    ],
)  # fmt: skip
def test_data_share_people_in_common_splits_unless_held_out(one, other, shared):
    one, other = {**MARKET, **one}, {**MARKET, **other}
    assert share_people(one, other) is share_people(other, one) is shared


def test_data_without_files_are_told_apart_by_their_folder():
    assert share_people({"root": "a", "splits": []}, {"root": "a", "splits": []})
    assert not share_people({"root": "a"}, {"root": "b"})
    assert not share_people({"items": 3}, {"items": 3})


def test_selecting_or_training_on_test_is_warned_of():
    test = {"query": {**MARKET, "splits": ["query"]}, "gallery": {**MARKET, "splits": ["gallery"]}}
    clean = {"trained_on": {**MARKET, "splits": ["train"]}, "selected_on": None}
    assert warnings(clean, test) == []
    told = warnings({**clean, "selected_on": {**MARKET, "splits": ["query"]}}, test)
    assert len(told) == 1 and "chosen on test (split query of market1501)" in told[0]
    told = warnings({"trained_on": {**MARKET, "splits": []}}, test)
    assert len(told) == 1 and "trained on people of the test data (split all" in told[0]
    told = warnings({"trained_on": {**MARKET, "splits": []}}, test, of="detector")
    assert told[0].startswith("the detector was trained on people of the test data")


def test_the_labelled_data_of_domain_adaptation_are_looked_at_too():
    test = {"gallery": {**MARKET, "splits": ["gallery"]}}
    other = {"root": "/data/other", "splits": ["train"]}
    assert (
        warnings({"trained_on": {**other, "labelled": {**MARKET, "splits": ["train"]}}}, test) == []
    )
    told = warnings({"trained_on": {**other, "labelled": {**MARKET, "splits": ["gallery"]}}}, test)
    assert len(told) == 1 and "split gallery of market1501" in told[0]
