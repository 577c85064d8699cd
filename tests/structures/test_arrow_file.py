import pyarrow as pa
import pytest

from plipdet.errors import InputError
from plipdet.structures import PersonTable, write_person_table
from plipdet.structures.arrow_file import open_arrow_file, write_arrow_file

ROWS = [
    {"image": f"{n}.jpg", "person_id": n // 2, "captions": [f"sentence {n}"]} for n in range(40)
]


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr("plipdet.structures.person_table._ROWS_PER_PART", 4)
    monkeypatch.setattr("plipdet.structures.person_table._PARTS_PER_BATCH", 4)
    write_person_table(tmp_path / "t.arrow", ROWS, source="example", fingerprint="ab")
    return tmp_path / "t.arrow"


def rows_of(path):
    return list(PersonTable.open(path, path.parent, fingerprint="ab"))


def footer_start(content):
    return len(content) - 10 - int.from_bytes(content[-10:-6], "little")


def test_every_cut_is_noticed(path):
    content = path.read_bytes()
    for end in [*range(0, 64, 7), *range(64, len(content), 97), len(content) - 1]:
        path.write_bytes(content[:end])
        with pytest.raises(InputError, match=r"t\.arrow is not a whole person table"):
            rows_of(path)


def test_no_flipped_bit_of_the_footer_gives_other_rows(path):
    content, expected = path.read_bytes(), rows_of(path)
    refused = 0
    for place in range(footer_start(content), len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        try:
            assert rows_of(path) == expected, f"bit {place % 8} of byte {place} went unnoticed"
        except InputError as error:
            assert "to have it built again" in str(error)
            refused += 1
    assert refused > 500


def test_a_file_of_other_rows_kind_or_layout_is_refused(path, tmp_path):
    schema = pa.schema([("image", pa.string())])
    batch = pa.RecordBatch.from_pylist([{"image": "a"}], schema=schema)
    write_arrow_file(path, schema, [batch], kind="person table, layout 1")
    with pytest.raises(InputError, match=r"it is a person table, layout 1\); delete it"):
        rows_of(path)
    write_arrow_file(path, schema, [batch], kind="person table, layout 2")
    with pytest.raises(InputError, match="has other columns; delete it"):
        rows_of(path)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        writer.write_batch(batch)
    with pytest.raises(InputError, match="it has no stamp"):
        rows_of(path)
    write_person_table(path, ROWS, fingerprint="cd")
    with pytest.raises(InputError, match="made from other raw files"):
        rows_of(path)
    with pytest.raises(InputError, match=r"gone\.arrow is not there"):
        PersonTable.open(tmp_path / "gone.arrow", tmp_path)


def test_any_arrow_reader_reads_the_file(path):
    with pa.memory_map(str(path)) as file:
        assert pa.ipc.open_file(file).read_all().num_rows == 40
    assert open_arrow_file(path, kind="person table, layout 2").num_rows == 40


def test_a_table_without_rows(tmp_path):
    write_person_table(tmp_path / "t.arrow", [])
    table = PersonTable.open(tmp_path / "t.arrow", tmp_path)
    assert len(table) == 0 and list(table) == [] and table.numbers("person_id") is None
    assert table.counts("captions").tolist() == []
