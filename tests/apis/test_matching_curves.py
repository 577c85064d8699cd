import json

import numpy as np
import pytest

from plipdet.apis import RankedRetrieval
from plipdet.apis.matching_curves import (
    as_plain,
    compute_curve,
    read_curves,
    read_request,
    unique_names,
)
from plipdet.errors import InputError
from plipdet.visualization import MatchingCurve

TEST = {
    "rank1": 40.0,
    "rank10": 80.0,
    "rank5": 60.0,
    "mAP": 33.0,
    "chance_rank1": 1.0,
    "chance_rank5": 5.0,
    "chance_rank10": 9.0,
    "protocol": {"config": "/x/zero_shot_text_mini.py", "checkpoint": "w/epoch_8.pth"},
}


@pytest.fixture
def written(tmp_path):
    def write(content, name="result.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_the_curve_of_a_test(cfg, task):
    retrieval = RankedRetrieval.from_config(task, cfg)
    curve = compute_curve(retrieval, name="ours", length=50)
    first = retrieval.statistics().first_rank
    assert curve.ranks == list(range(1, 9))  # of eight pictures
    assert curve.rates == pytest.approx([100 * np.mean(first <= k) for k in range(1, 9)])
    assert curve.chance[1] == pytest.approx(25)
    assert curve.chance[8] == curve.rates[-1] == pytest.approx(100)
    assert len(compute_curve(retrieval, name="", length=3).rates) == 3


def test_results_of_the_test_tool(written):
    path = written(TEST)
    (curve,) = read_curves(read_request(str(path)))
    expected = MatchingCurve(
        "zero_shot_text_mini, epoch_8.pth", [1, 5, 10], [40, 60, 80], {1: 1, 5: 5, 10: 9}, 33.0
    )
    assert curve == expected
    (curve,) = read_curves(read_request(f"our = {path}".replace(" ", "")), length=5)
    assert (curve.name, curve.ranks) == ("our", [1, 5])
    whole = written({**TEST, "cmc": [40, 50, 55, 58]})
    (curve,) = read_curves(read_request(str(whole)), length=3)
    assert (curve.ranks, curve.rates) == ([1, 2, 3], [40, 50, 55])
    assert curve.chance == {1: 1}
    (bare,) = read_curves(read_request(str(written({"rank1": 3}))))
    assert bare == MatchingCurve("result", [1], [3.0])


def test_what_is_written_is_read(written):
    curves = [
        MatchingCurve("a", [1, 2], [10.0, 20.0], {1: 1.0, 2: 2.0}, 5.5),
        MatchingCurve("b", [1, 2], [30.0, 40.0]),
    ]
    path = written({"curves": [as_plain(curve) for curve in curves]})
    assert read_curves(read_request(str(path))) == curves
    named = read_curves(read_request(f"old={path}"))
    assert [curve.name for curve in named] == ["old a", "old b"]
    one = written({"curves": [as_plain(curves[0])]}, "one.json")
    assert [c.name for c in read_curves(read_request(f"new={one}"))] == ["new"]


def test_requests(written, tmp_path):
    request = read_request(f"ours=configs/c.py:{written('', 'w.pth')}")
    assert (request.name, request.config) == ("ours", "configs/c.py")
    odd = written(TEST, "a=b.json")
    assert read_request(str(odd)) == ("", odd, "", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("c.py:no_such.pth", "no checkpoint"),
        ("no_such.json", "no file of results"),
        ("x=no_such.json", "no file of results"),
        ("c.py", "neither"),
        ("", "neither"),
    ],
)
def test_wrong_requests(text, message):
    with pytest.raises(InputError, match=message):
        read_request(text)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is no JSON"),
        ("[1]", "holds a list"),
        ({"minutes": 3}, "neither cmc nor rank1"),
        ({"cmc": []}, "neither cmc nor rank1"),
        ({"cmc": [50, "a"]}, "expected percent"),
        ({"rank1": "high"}, "'high'; expected percent"),
        ('{"rank1": NaN}', "expected percent"),
        ({"rank1": 140}, "expected percent"),
        ({"rank1": 1, "mAP": []}, "expected percent"),
        ({"curves": ["a"]}, "has not written"),
        ({"curves": [{"name": "a", "ranks": [1, 2], "rates": [1]}]}, "one rate for each rank"),
        ({"curves": [{"name": "a", "ranks": ["x"], "rates": [1]}]}, "has not written"),
        ({"curves": [{"name": "a", "ranks": [1], "rates": [None]}]}, "expected percent"),
    ],
)
def test_wrong_results(written, content, message):
    with pytest.raises(InputError, match=message):
        read_curves(read_request(str(written(content))))


def test_names_that_are_the_same_are_numbered():
    one = MatchingCurve("a", [1], [1.0])
    assert [c.name for c in unique_names([one, one, one])] == ["a", "a (2)", "a (3)"]
