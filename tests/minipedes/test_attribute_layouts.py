"""The layouts of sets of attributes hold what MiniPedes knows of its people."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from plipdet.datasets.sources import Market1501, Market1501Attributes, Pa100k, Peta, RapV1, RapV2
from plipdet.errors import InputError
from plipdet.minipedes.attributes import ATTRIBUTE_NAMES
from plipdet.minipedes.exporters import (
    market1501_attributes,
    pa100k,
    peta,
    rap_names,
)
from plipdet.minipedes.exporters.layouts import LAYOUTS
from plipdet.minipedes.exporters.public_labels import Rule, public_labels
from plipdet.minipedes.exporters.read_set import read_set

SET = Path(__file__).parents[1] / "data/minipedes"
SAME = {  # a name of ours that means the same as that of a public set
    "pa-100k": (Pa100k, "Female", "female"),
    "peta": (Peta, "lowerBodyJeans", "jeans"),
    "rap-v1": (RapV1, "shoes-Boots", "boots"),
    "rap-v2": (RapV2, "hs-Hat", "hat"),
    "market-1501-attributes": (Market1501Attributes, "backpack", "backpack"),
}


@pytest.fixture(autouse=True)
def user_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def records():
    return read_set(SET)[1]


def test_labels_are_those_that_were_written_when_the_set_was_rendered(records):
    told = json.loads((SET / "minipedes_attributes.json").read_text())
    assert told["names"] == list(ATTRIBUTE_NAMES)
    for record in records:
        assert list(record.attribute_labels) == told["identities"][str(record.person_id)]
        assert -1 not in record.attribute_labels


def test_what_only_the_front_shows_is_told_of_no_picture_of_a_back(records):
    sides = {record.side for record in records}
    assert sides == {"front", "side", "back"}
    faces = [r for r in records if any("glasses" in text for text in r.captions)]
    assert faces and all(record.side != "back" for record in faces)


@pytest.mark.parametrize("name", SAME)
def test_a_public_label_is_ours_of_the_same_person(minipedes_layouts, records, name):
    source, public, ours = SAME[name]
    table = source(minipedes_layouts).load()
    by_bytes = {record.image.read_bytes(): record for record in records}
    column, own = table.attribute_names.index(public), ATTRIBUTE_NAMES.index(ours)
    found = set()
    for row in table:
        record = by_bytes[(table.root / row.image).read_bytes()]
        assert row.attribute_labels[column] == record.attribute_labels[own]
        assert row.person_id in (None, record.person_id)
        found.add(row.attribute_labels[column])
        if name == "pa-100k":
            sides = [table.attribute_names.index(side) for side in ("Front", "Side", "Back")]
            seen = [row.attribute_labels[side] for side in sides]
            assert seen == [record.side == side for side in ("front", "side", "back")]
    assert found == {0, 1}


def people_by_split(table, records):
    by_bytes = {record.image.read_bytes(): record.person_id for record in records}
    found = {}
    for row in table:
        person = by_bytes[(table.root / row.image).read_bytes()]
        found.setdefault(row.split, set()).add(person)
    return found


@pytest.mark.parametrize("source", [Peta, RapV1, RapV2])
def test_random_partitions_share_people_and_differ(minipedes_layouts, records, source):
    splits = []
    for partition in range(5):
        table = source(minipedes_layouts, partition=partition).load()
        assert len(table) == 96
        people = people_by_split(table, records)
        assert people["train"] & people["test"]
        splits.append([row.image for row in table if row.split == "test"])
    assert len({tuple(split) for split in splits}) == 5


def test_other_splits_share_nobody(minipedes_layouts, records):
    tables = [
        Pa100k(minipedes_layouts).load(),
        Peta(minipedes_layouts, split_file="zero_shot_split.json").load(),
        RapV2(minipedes_layouts, split_file="zero_shot_split.json").load(),
    ]
    for table in tables:
        people = people_by_split(table, records)
        assert {split: len(found) for split, found in people.items()} == {
            "train": 12,
            "val": 4,
            "test": 8,
        }
        assert len(set.union(*people.values())) == 24


@pytest.mark.parametrize(
    "names",
    [("market-1501", "market-1501-attributes"), ("market-1501-attributes", "market-1501")],
)
def test_pictures_and_attributes_of_market_in_either_order(records, tmp_path, names):
    for name in names:
        LAYOUTS[name](records, tmp_path)
    assert len(Market1501(tmp_path).load()) == 81
    assert len(Market1501Attributes(tmp_path).load()) == 80


def test_equal_records_give_equal_bytes(minipedes_layouts, records, tmp_path):
    for name in SAME:
        LAYOUTS[name](records, tmp_path)
    written = [path for path in tmp_path.rglob("*") if path.suffix in (".mat", ".json")]
    assert len(written) == 7
    for path in written:
        assert path.read_bytes() == (minipedes_layouts / path.relative_to(tmp_path)).read_bytes()


@pytest.mark.parametrize("name", SAME)
def test_pictures_that_nobody_labelled_have_no_such_layout(records, tmp_path, name):
    unlabelled = [replace(record, attribute_labels=()) for record in records]
    with pytest.raises(InputError, match="has no attribute labels; layouts of attributes need"):
        LAYOUTS[name](unlabelled, tmp_path)


def test_rules_speak_of_names_that_are_there():
    sets = [
        (pa100k._RULES, pa100k._NAMES, 26),
        (peta._RULES, peta._NAMES, 105),
        (market1501_attributes._RULES, tuple(market1501_attributes.FIELDS), 26),
        (rap_names.RULES, (*rap_names.NAMES_V1, *rap_names.NAMES_V2), 92 + 111),
    ]
    for rules, names, count in sets:
        assert len(names) == count
        ours = {name for rule in rules.values() for name in (*rule.any_of, *rule.none_of)}
        assert ours <= set(ATTRIBUTE_NAMES)
        assert set(rules) <= set(names)
    assert len(rap_names.SELECTED_V2) == 54 and len(set(peta._NAMES)) == 105


def test_a_rule_by_hand(records):
    yes = dict.fromkeys(ATTRIBUTE_NAMES, 0)
    made = [
        replace(records[0], attribute_labels=tuple({**yes, **labels}.values()))
        for labels in ({"jeans": 1}, {"trousers": 1, "jeans": 1}, {"trousers": 1}, {})
    ]
    rules = {
        "one": Rule(("jeans", "trousers")),
        "not": Rule((), ("jeans",)),
        "but": Rule(("trousers",), ("jeans",)),
    }
    found = public_labels(made, ["one", "not", "but", "nobody"], rules)
    np.testing.assert_array_equal(found, [[1, 0, 0, 0], [1, 0, 0, 0], [1, 1, 1, 0], [0, 1, 0, 0]])
