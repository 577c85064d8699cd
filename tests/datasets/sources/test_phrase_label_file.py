import numpy as np
import pytest

from plipdet.datasets.attribute_counts import attribute_facts
from plipdet.datasets.sources import SynthPedes
from plipdet.datasets.sources.phrase_label_file import (
    LABEL_FILE,
    PhraseLabelFile,
    write_phrase_labels,
)
from plipdet.errors import InputError

WOMAN = ["woman,long hair,red dress,unknown,white boots,unknown"]


@pytest.fixture
def folder(synth_pedes, synth_record):
    return synth_pedes([synth_record(0), synth_record(1, attributes=WOMAN), synth_record(2)])


def label(folder, min_share=0.0):
    rows = SynthPedes(folder).rows(folder)
    records = ((row["image"], row["attribute_phrases"]) for row in rows)
    return write_phrase_labels(folder / LABEL_FILE, records, min_share=min_share)


def test_labels_reach_the_table_in_its_order(folder):
    shares = label(folder)
    assert shares["female"]["yes"] == pytest.approx(1 / 3) and shares["female"]["known"] == 1
    assert shares["boots"] == {"known": pytest.approx(1 / 3), "yes": 1}
    table = SynthPedes(folder, label_file=LABEL_FILE).load()
    assert table.attribute_names == tuple(shares)
    at = {name: n for n, name in enumerate(table.attribute_names)}
    assert [row.attribute_labels[at["female"]] for row in table] == [0, 1, 0]
    assert [row.attribute_labels[at["backpack"]] for row in table] == [1, -1, 1]
    facts = attribute_facts(table)
    assert facts.positive_share[at["female"]] == pytest.approx(1 / 3)
    plain = SynthPedes(folder).load()
    assert plain.attribute_names == () and plain[0].attribute_labels is None
    assert plain.path.is_file() and table.path.is_file() and plain.path != table.path


def test_attributes_that_hardly_vary_are_left_out(folder):
    assert "boots" not in label(folder, min_share=0.2)
    with pytest.raises(InputError, match="lower --min-share"):
        label(folder, min_share=0.45)


def test_new_labels_make_a_new_table(folder):
    label(folder)
    first = SynthPedes(folder, label_file=LABEL_FILE).load()
    label(folder, min_share=0.2)
    assert len(SynthPedes(folder, label_file=LABEL_FILE).load().attribute_names) < len(
        first.attribute_names
    )


def test_a_missing_file_says_how_to_make_it(folder):
    with pytest.raises(InputError, match=r"python tools/data/phrases_to_attributes.py"):
        SynthPedes(folder, label_file=LABEL_FILE).load()


@pytest.mark.parametrize("records", [[0], [0, 1, 2, 3], [1, 0, 2]])
def test_labels_of_another_annotation_are_refused(folder, synth_pedes, synth_record, records):
    label(folder)
    synth_pedes([synth_record(n) for n in records])
    with pytest.raises(InputError, match="was made from another annotation"):
        SynthPedes(folder, label_file=LABEL_FILE).load()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"labels": np.zeros((3, 2))}, "float64"),
        ({"labels": np.full((3, 2), 7, np.int8)}, "besides 1, 0 and -1"),
        ({"names": np.array(["a"])}, "for 1 names"),
        ({"names": np.array([["a", "b"]])}, "for 0 names"),
        ({"pictures": np.array(["x"])}, "labels of shape"),
        ({"labels": None}, "no array 'labels'"),
    ],
)
def test_other_arrays_are_refused(tmp_path, change, says):
    arrays = {"names": np.array(["a", "b"]), "labels": np.zeros((3, 2), np.int8),
              "pictures": np.array("x"), **change}  # fmt: skip
    np.savez(tmp_path / "l.npz", **{k: v for k, v in arrays.items() if v is not None})
    with pytest.raises(InputError, match=says):
        PhraseLabelFile(tmp_path / "l.npz")
