import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.errors import InputError
from plipdet.structures import PersonTable, write_person_table
from plipdet.structures import person_table as module

TEXTS = st.none() | st.lists(st.text(max_size=6), max_size=3)


def rows_of(texts):
    return [{"image": f"{n}.jpg", "captions": each} for n, each in enumerate(texts)]


def check(table, texts):
    lengths = table.text_lengths("captions")
    order = np.random.default_rng(0).permutation(len(texts))
    counts = lengths.counts(order)
    assert counts.tolist() == [len(texts[row] or ()) for row in order]
    rows = np.repeat(order, counts)
    which = np.concatenate([np.arange(n) for n in counts] or [order])
    expected = [len(texts[r][w].encode()) for r, w in zip(rows.tolist(), which, strict=True)]
    assert lengths(rows, which).tolist() == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=12))
def test_of_all_rows_and_of_some(texts):
    table = PersonTable.from_rows(rows_of(texts), "root")
    check(table, texts)
    check(table.select(np.arange(len(texts) // 2, len(texts))), texts[len(texts) // 2 :])
    check(table.select(np.arange(len(texts))[::-2]), texts[::-2])


def test_of_a_file_of_several_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_ROWS_PER_PART", 4)
    monkeypatch.setattr(module, "_PARTS_PER_BATCH", 2)
    texts = [[f"{'ä' * (n % 5)}{k}" for k in range(n % 3)] if n % 7 else None for n in range(50)]
    texts[16:24] = [None] * 8
    write_person_table(tmp_path / "t.arrow", rows_of(texts))
    table = PersonTable.open(tmp_path / "t.arrow", tmp_path)
    assert table.column("captions").num_chunks > 4
    check(table, texts)
    check(table.select(np.arange(3, 50, 4)), texts[3::4])


def test_unknown_column():
    with pytest.raises(InputError, match="did you mean 'captions'"):
        PersonTable.from_rows(rows_of([["a"]]), "root").text_lengths("caption")
