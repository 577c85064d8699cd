import os
import pickle

import numpy as np
import pyarrow as pa
import pytest

from plipdet.errors import InputError
from plipdet.structures import COLUMNS, PersonRow, PersonTable, write_person_table

ROWS = [
    dict(image="a.jpg", person_id=3, split="train", captions=["a man", "he walks"]),
    dict(image="b.jpg", person_id=3, camera_id=2, split="test", box=[1.0, 2.0, 3.0, 4.0]),
    dict(image="c.jpg", person_id=9, camera_id=1, split="test", attribute_labels=[1, -1]),
]


@pytest.fixture
def table(tmp_path):
    write_person_table(
        tmp_path / "t.arrow", ROWS, attribute_names=("female", "hat"), source="Example"
    )
    return PersonTable.open(tmp_path / "t.arrow", tmp_path)


def test_round_trip_keeps_values_and_leaves_absent_facts_null(table):
    assert len(table) == 3
    assert table[0] == PersonRow(
        image="a.jpg", person_id=3, split="train", captions=["a man", "he walks"]
    )
    assert table[1].box == [1.0, 2.0, 3.0, 4.0]
    assert table[2].attribute_labels == [1, -1]
    assert table.attribute_names == ("female", "hat")
    assert table.source == "Example"
    assert table[-1] == table[2]
    with pytest.raises(IndexError):
        table[3]


def test_select_composes_and_reads_the_right_rows(table):
    test = table.where_split("test")
    assert [r.image for r in test] == ["b.jpg", "c.jpg"]
    assert test.select(np.array([1]))[0].image == "c.jpg"
    assert test.select(np.array([False, True]))[0].image == "c.jpg"
    np.testing.assert_array_equal(test.numbers("person_id"), [3, 9])
    assert test.column("image").to_pylist() == ["b.jpg", "c.jpg"]


def test_rows_across_batches(tmp_path, monkeypatch):
    monkeypatch.setattr("plipdet.structures.person_table._ROWS_PER_BATCH", 4)
    rows = [dict(image=f"{i}.jpg", person_id=i) for i in range(11)]
    write_person_table(tmp_path / "t.arrow", rows)
    table = PersonTable.open(tmp_path / "t.arrow", tmp_path)
    assert [table[i].person_id for i in range(11)] == list(range(11))


def test_partly_missing_numbers_are_an_error_and_wholly_missing_ones_none(table):
    assert table.numbers("frame") is None
    with pytest.raises(InputError, match=r"1 of 3 rows .* no camera_id"):
        table.numbers("camera_id")


def test_wrong_names_get_a_suggestion(table):
    with pytest.raises(InputError, match="did you mean 'test'"):
        table.where_split("tets")
    with pytest.raises(InputError, match=r"no row of split .*it has \['test', 'train'\]"):
        table.where_split("gallery")
    with pytest.raises(InputError, match="did you mean 'person_id'"):
        table.column("person_ids")


def test_pickle_of_a_mapped_table_is_its_path(table):
    restored = pickle.loads(pickle.dumps(table.where_split("test")))
    assert [r.image for r in restored] == ["b.jpg", "c.jpg"]
    assert len(pickle.dumps(table)) < 400


def test_pickle_of_a_table_in_memory_keeps_the_rows(tmp_path):
    table = PersonTable.from_rows(ROWS, tmp_path, attribute_names=("female", "hat"))
    assert list(pickle.loads(pickle.dumps(table))) == list(table)


def test_a_file_that_is_no_table_is_named(tmp_path):
    (tmp_path / "x.arrow").write_bytes(b"not arrow")
    with pytest.raises(InputError, match=r"x\.arrow is not a person table"):
        PersonTable.open(tmp_path / "x.arrow", tmp_path)
    with pa.OSFile(str(tmp_path / "y.arrow"), "wb") as file:
        with pa.ipc.new_file(file, pa.schema([("image", pa.string())])):
            pass
    with pytest.raises(InputError, match=r"lacks the columns"):
        PersonTable.open(tmp_path / "y.arrow", tmp_path)


def test_a_failing_reader_leaves_no_file(tmp_path):
    def rows():
        yield ROWS[0]
        raise ValueError("record 2 is bad")

    with pytest.raises(ValueError, match="record 2"):
        write_person_table(tmp_path / "t.arrow", rows())
    assert os.listdir(tmp_path) == []


def test_row_fields_are_the_columns():
    assert tuple(PersonRow.__slots__) == COLUMNS
