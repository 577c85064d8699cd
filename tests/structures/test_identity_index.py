import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plipdet.errors import InputError
from plipdet.structures import IdentityIndex, PersonTable, identity_path, write_person_table


@given(st.lists(st.integers(-3, 5), max_size=30))
def test_rows_are_grouped_by_identity(ids):
    index = IdentityIndex.of(np.array(ids, dtype=np.int64))
    assert index.ids.tolist() == sorted(set(ids))
    for k, identity in enumerate(index.ids):
        assert index.rows_of(k).tolist() == [n for n, i in enumerate(ids) if i == identity]
    assert index.counts.sum() == len(ids) and len(index) == len(set(ids))
    with pytest.raises(IndexError):
        index.rows_of(len(index))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.arrow"
    rows = [{"image": f"{n}.jpg", "person_id": (n * 7) % 5} for n in range(23)]
    write_person_table(path, rows, fingerprint="ab12")
    return PersonTable.open(path, tmp_path)


def same(one, other):
    return all(
        np.array_equal(getattr(one, k), getattr(other, k)) for k in ("ids", "offsets", "rows")
    )


def test_the_index_of_a_table_is_kept_beside_it_and_mapped(table, monkeypatch):
    first = table.identities()
    assert identity_path(table.path).is_file()
    monkeypatch.setattr(IdentityIndex, "of", None)
    again = table.identities()
    assert same(first, again) and not again.rows.flags.owndata
    assert again.ids.tolist() == [0, 1, 2, 3, 4]
    assert again.rows_of(2).tolist() == [1, 6, 11, 16, 21]


def test_a_damaged_index_or_that_of_another_table_is_made_anew(table):
    first = table.identities()
    path = identity_path(table.path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert same(table.identities(), first) and path.read_bytes() == whole
    rows = [{"image": f"{n}.jpg", "person_id": 1} for n in range(23)]
    write_person_table(table.path, rows, fingerprint="cd34")
    assert PersonTable.open(table.path, table.root).identities().ids.tolist() == [1]


def test_selections_have_an_index_of_their_own_rows(table):
    part = table.select(np.array([22, 1, 6, 0]))
    index = part.identities()
    assert [(i, index.rows_of(k).tolist()) for k, i in enumerate(index.ids)] == [
        (0, [3]),
        (2, [1, 2]),
        (4, [0]),
    ]
    assert not identity_path(table.path).exists()


def test_a_table_without_fingerprint_leaves_no_file(tmp_path):
    write_person_table(tmp_path / "t.arrow", [{"image": "a.jpg", "person_id": 4}])
    table = PersonTable.open(tmp_path / "t.arrow", tmp_path)
    assert table.identities().ids.tolist() == [4]
    assert [p.name for p in tmp_path.iterdir()] == ["t.arrow"]


def test_rows_without_identity_are_refused(tmp_path):
    table = PersonTable.from_rows([{"image": "a.jpg"}], tmp_path)
    with pytest.raises(InputError, match="have no identities"):
        table.identities()
    table = PersonTable.from_rows([{"image": "a"}, {"image": "b", "person_id": 1}], tmp_path)
    with pytest.raises(InputError, match=r"1 of 2 rows .* have no person_id"):
        table.identities()
