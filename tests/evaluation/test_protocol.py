import json

import pytest

from plipdet.evaluation import EvaluationProtocol, RetrievalMetric
from plipdet.evaluation.protocol import data_fingerprint, package_versions
from plipdet.structures import PersonTable

ROWS = [
    {"image": "a.jpg", "person_id": 1, "camera_id": 2, "captions": ["A man.", "He walks."]},
    {"image": "b.jpg", "person_id": 1, "captions": ["A man."]},
]


def test_record_is_json_and_holds_the_versions():
    protocol = EvaluationProtocol(
        data={"query": "0123"},
        train_split="SYNTH-PEDES",
        selection_split="none, last epoch",
        seeds=(0, 1),
        **RetrievalMetric().rules(),
    )
    record = json.loads(json.dumps(protocol.as_dict()))
    assert record["seeds"] == [0, 1]
    assert record["versions"] == package_versions()
    assert record["tie_rule"] == "wrong before right at equal score"


def test_fingerprint_ignores_the_folder():
    prints = {data_fingerprint(PersonTable.from_rows(ROWS, root)) for root in ("/a", "/b")}
    assert len(prints) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"image": "c.jpg"},
        {"person_id": 3},
        {"camera_id": None},
        {"split": "query"},
        {"captions": ["A man.He walks."]},
        {"captions": None},
    ],
)
def test_fingerprint_sees_every_change(change):
    changed = [{**ROWS[0], **change}, ROWS[1]]
    before, after = (data_fingerprint(PersonTable.from_rows(r, "/a")) for r in (ROWS, changed))
    assert before != after


def test_fingerprint_of_a_selection_is_that_of_its_rows():
    table = PersonTable.from_rows(ROWS, "/a")
    alone = PersonTable.from_rows(ROWS[1:], "/a")
    assert data_fingerprint(table.select([1])) == data_fingerprint(alone)
