import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.structures import COLUMNS, PersonTable, person_schema
from plipdet.structures.row_reader import RowReader

TEXT = st.text(st.characters(codec="utf-8"), max_size=6) | st.sampled_from(["", "a man", "é", "😀"])


def lists(values, **size):
    return st.none() | st.lists(values, **size)


ROW = st.fixed_dictionaries(
    {
        "image": TEXT,
        "box": lists(st.floats(width=32, allow_nan=False), max_size=4),
        "person_id": st.none() | st.integers(-(2**63), 2**63 - 1),
        "camera_id": st.none() | st.integers(-(2**31), 2**31 - 1),
        "frame": st.none() | st.integers(0, 9),
        "split": st.none() | st.sampled_from(["train", "val"]),
        "captions": lists(TEXT, max_size=3),
        "prompt_captions": lists(TEXT | st.none(), max_size=6),
        "attribute_phrases": lists(TEXT | st.none(), min_size=6, max_size=6),
        "attribute_labels": lists(st.integers(-1, 1) | st.none(), min_size=3, max_size=3),
        "parsing": st.none() | TEXT,
    }
)


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(ROW, min_size=1, max_size=20),
    names=st.sampled_from([(), ("a", "b", "c")]),
    cut=st.data(),
)
def test_rows_are_what_arrow_makes_of_them(rows, names, cut):
    batch = pa.RecordBatch.from_pylist(rows, schema=person_schema(names))
    start = cut.draw(st.integers(0, len(rows) - 1))
    stop = cut.draw(st.integers(start + 1, len(rows)))
    batch = batch.slice(start, stop - start)
    read = RowReader(batch, COLUMNS)
    for k, row in enumerate(rows[start:stop]):
        assert read(k) == [batch.column(name)[k].as_py() for name in COLUMNS]
        assert read(k)[0] == row["image"]


def test_what_lies_under_a_null_is_not_read():
    strings = pa.array(["one", "two", "three", "four"])
    valid = pa.py_buffer(bytes([0b0101]))
    strings = pa.Array.from_buffers(pa.string(), 4, [valid, *strings.buffers()[1:]])
    numbers = pa.Array.from_buffers(pa.int64(), 4, [valid, pa.array([7, 8, 9, 10]).buffers()[1]])
    listed = pa.ListArray.from_arrays(pa.array([0, 1, 4], pa.int32()), strings)
    batch = pa.record_batch({"s": strings, "n": numbers})
    read = RowReader(batch, ("s", "n"))
    assert [read(k) for k in range(4)] == [["one", 7], [None, None], ["three", 9], [None, None]]
    read = RowReader(pa.record_batch({"l": listed}), ("l",))
    assert [read(k) for k in range(2)] == [[["one"]], [[None, "three", None]]]


@pytest.mark.parametrize("names", [(), ("a", "b")])
def test_a_table_of_several_chunks_and_slices(tmp_path, names):
    rows = [
        {"image": f"{n}.jpg", "captions": [f"c{n}"] * (n % 3), "attribute_labels": [n % 2, -1]}
        for n in range(30)
    ]
    parts = [
        pa.Table.from_pylist(rows[a:b], schema=person_schema(names))
        for a, b in ((0, 4), (4, 4), (4, 17), (17, 30))
    ]
    table = PersonTable(pa.concat_tables(parts).slice(2, 25), tmp_path)
    picked = table.select(np.array([24, 0, 3, 3]))
    for found, n in zip([*table, *picked], [*range(2, 27), 26, 2, 5, 5], strict=True):
        assert found.image == f"{n}.jpg" and found.captions == [f"c{n}"] * (n % 3)
        assert found.attribute_labels == [n % 2, -1] and found.person_id is None
