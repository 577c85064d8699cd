import copy
import dataclasses
import os
import pickle

import numpy as np
import pytest

from plipdet.errors import InputError
from plipdet.structures import COLUMNS, PersonRow, PersonTable, write_person_table
from plipdet.structures.row_reader import RowReader

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


def test_names_of_identities_are_kept_with_the_table(tmp_path):
    names = {3: "Zoë", 9: "ben"}
    write_person_table(tmp_path / "t.arrow", ROWS, identity_names=names)
    opened = PersonTable.open(tmp_path / "t.arrow", tmp_path)
    assert opened.identity_names == opened.where_split("train").identity_names == names


def test_round_trip_keeps_values_and_leaves_absent_facts_null(table):
    assert len(table) == 3
    assert table[0] == PersonRow(
        image="a.jpg", person_id=3, split="train", captions=["a man", "he walks"]
    )
    assert table[1].box == [1.0, 2.0, 3.0, 4.0]
    assert table[2].attribute_labels == [1, -1]
    assert table.attribute_names == ("female", "hat")
    assert table.source == "Example" and table.identity_names == {}
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


@pytest.mark.parametrize("characters", [1 << 26, 50, 0])
def test_rows_across_batches(tmp_path, monkeypatch, characters):
    monkeypatch.setattr("plipdet.structures.person_table._ROWS_PER_PART", 2)
    monkeypatch.setattr("plipdet.structures.person_table._PARTS_PER_BATCH", 2)
    monkeypatch.setattr("plipdet.structures.person_table._CHARACTERS_PER_BATCH", characters)
    rows = [dict(image=f"{i}.jpg", person_id=i, captions=["x" * i, "y"]) for i in range(11)]
    write_person_table(tmp_path / "t.arrow", rows)
    table = PersonTable.open(tmp_path / "t.arrow", tmp_path)
    assert [row.person_id for row in table] == list(range(11))
    assert [row.captions for row in table] == [["x" * i, "y"] for i in range(11)]


def test_selections_are_ranges_where_they_can_be(tmp_path):
    rows = [{"image": f"{n}", "person_id": n, "captions": ["x"] * (n % 3)} for n in range(10)]
    table = PersonTable.from_rows(rows, tmp_path)
    for rows in (np.arange(3, 9), np.array([1, 4, 2]), np.array([-1, 0]), np.array([], int)):
        for part in (table.select(rows), pickle.loads(pickle.dumps(table.select(rows)))):
            expected = np.arange(10)[rows]
            assert [row.person_id for row in part] == expected.tolist()
            assert part.column("person_id").to_pylist() == expected.tolist()
            assert part.counts("captions").tolist() == (expected % 3).tolist()
            inner = part.select(np.arange(len(part)) % 2 == 0)
            assert [row.person_id for row in inner] == expected[::2].tolist()
    assert len(pickle.dumps(table.select(np.arange(3, 9)))) < len(pickle.dumps(table)) + 100
    with pytest.raises(IndexError, match="rows 0 to 10 of a table of 10"):
        table.select(np.array([0, 10]))


def test_a_selection_may_leave_rows_without_number_out(table):
    np.testing.assert_array_equal(table.where_split("test").numbers("camera_id"), [2, 1])
    assert table.where_split("train").numbers("camera_id") is None


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
    with pytest.raises(InputError, match=r"x\.arrow is not a whole person table"):
        PersonTable.open(tmp_path / "x.arrow", tmp_path)


def test_a_failing_reader_leaves_no_file(tmp_path):
    def rows():
        yield ROWS[0]
        raise ValueError("record 2 is bad")

    with pytest.raises(ValueError, match="record 2"):
        write_person_table(tmp_path / "t.arrow", rows())
    assert os.listdir(tmp_path) == []


def test_row_fields_are_the_columns():
    assert tuple(PersonRow.__slots__) == COLUMNS


def test_sentences_are_read_when_they_are_asked_for(monkeypatch):
    facts = {"image": "a.jpg", "person_id": 3, "captions": ["x", "y"], "box": [0.0, 0.0, 1.0, 2.0]}
    table = PersonTable.from_rows([facts], "root")
    read = []
    value = RowReader.value
    monkeypatch.setattr(RowReader, "value", lambda s, *a: (read.append(a[1]), value(s, *a))[1])
    row = table[0]
    assert (row.image, row.person_id, row.box, read) == ("a.jpg", 3, facts["box"], [])
    assert row.captions is row.captions and row.captions == ["x", "y"] and read == ["captions"]
    assert row == PersonRow(**facts) and repr(row) == repr(PersonRow(**facts))
    assert pickle.loads(pickle.dumps(table[0])) == row == copy.copy(table[0])
    assert dataclasses.replace(table[0], image="b.jpg").captions == ["x", "y"]
    with pytest.raises(AttributeError, match="'PersonRow' object has no attribute 'caption'"):
        _ = row.caption
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.image = "c.jpg"


def test_each_split_asked_for_has_to_be_there():
    rows = [{"image": f"{n}.jpg", "split": "train"} for n in range(2)]
    table = PersonTable.from_rows(rows, "/")
    assert len(table.where_split("train")) == 2
    with pytest.raises(InputError, match=r"no row of split 'val' .* has \['train'\]"):
        table.where_split("train", "val")
