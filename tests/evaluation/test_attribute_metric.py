import json

import numpy as np
import pytest

from plipdet.errors import InputError
from plipdet.evaluation import AttributeMetric

NAMES = ("hat", "bag", "ghost", "head")
LABELS = np.array([[1, 0, -1, 1], [0, 1, -1, 1], [0, 0, -1, 1], [1, -1, -1, 1]])
SCORES = np.array([[0.9, 0.6, 0.5, 1], [0.2, 0.7, 0.5, 1], [0.6, 0.1, 0.5, 1], [0.4, 0.5, 0.5, 0]])


def test_the_mean_is_over_attributes_with_both_answers_and_others_are_named():
    found = AttributeMetric().evaluate(SCORES, LABELS, names=NAMES)
    # hat: 1 of 2 and 1 of 2; bag: 1 of 1 and 1 of 2
    np.testing.assert_allclose(found["mA"], 100 * (0.5 + 0.75) / 2)
    assert found["left_out"] == ["ghost: unknown everywhere", "head: never negative"]
    assert found["attributes_measured"] == 2 and found["chance_mA"] == 50
    np.testing.assert_allclose(found["chance_AP"], 100 * (1 / 2 + 1 / 3 + 1) / 3)
    rows = {row["name"]: row for row in found["attributes"]}
    assert rows["head"]["TNR"] is rows["head"]["mA"] is rows["ghost"]["F1"] is None
    np.testing.assert_allclose(rows["head"]["TPR"], 75)
    assert (rows["bag"]["positives"], rows["bag"]["negatives"]) == (1, 2)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert sum(row["labels"] for row in found["reliability"]) == (LABELS >= 0).sum()


def test_pictures_without_a_yes_are_counted_apart():
    labels = np.array([[0, 0], [1, 0], [-1, 1]])
    found = AttributeMetric().evaluate(np.full((3, 2), 0.9), labels, names=("hat", "bag"))
    assert (found["pictures"], found["pictures_without_positive"]) == (3, 1)
    np.testing.assert_allclose(found["recall"], 100)
    np.testing.assert_allclose(found["precision"], 100 * (1 / 2 + 1) / 2)


def test_a_subset_is_measured_in_its_own_order_and_says_so():
    metric = AttributeMetric(["bag", "hat"], threshold=0.65)
    found = metric.evaluate(SCORES, LABELS, names=NAMES)
    assert [row["name"] for row in found["attributes"]] == ["bag", "hat"]
    np.testing.assert_allclose([row["TNR"] for row in found["attributes"]], [100, 100])
    assert metric.protocol()["attributes"] == ["bag", "hat"]
    assert metric.protocol()["threshold"] == 0.65
    assert AttributeMetric().protocol()["attributes"] == "all of the data"
    assert AttributeMetric("bag").attributes == ("bag",)
    with pytest.raises(InputError, match="'hut', which the data do not have; did you mean 'hat'"):
        AttributeMetric(["hut"]).evaluate(SCORES, LABELS, names=NAMES)


def test_the_table_to_read_has_the_best_first():
    metric = AttributeMetric()
    lines = metric.text(metric.evaluate(SCORES, LABELS, names=NAMES)).splitlines()
    assert [line.split()[0] for line in lines] == ["attribute", "bag", "hat", "ghost", "head"]
    assert lines[3].split()[1:] == ["0", "0", *"-------"]
    assert len({len(line) for line in lines}) == 1


def test_data_that_measure_nothing_are_refused():
    with pytest.raises(InputError, match="none of 1 attributes has both"):
        AttributeMetric(["head"]).evaluate(SCORES, LABELS, names=NAMES)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"attributes": []}, r"attributes = \[\]"),
        ({"attributes": ["hat", "hat"]}, "name each once"),
        ({"threshold": 1.5}, "threshold = 1.5"),
        ({"bins": 0}, "bins = 0"),
    ],
)
def test_wrong_options(options, says):
    with pytest.raises(InputError, match=says):
        AttributeMetric(**options)
