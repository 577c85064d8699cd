from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from plipdet.apis.contact_sheet import sheet_items
from plipdet.apis.example_data import captioned_table
from plipdet.datasets.sources import Market1501, Prw
from plipdet.errors import InputError

SCENES = Path(__file__).parents[1] / "data" / "miniscenes"


def test_identities_are_grouped_and_phrases_tagged(cfg):
    items = sheet_items(captioned_table(cfg), count=5, per_identity=2)
    labels = [item.label for item in items]
    assert labels[0] == labels[1] != labels[2] == labels[3] != labels[4]
    slot, start, end = items[0].phrases[1]
    assert slot == 2
    assert items[0].caption[start:end].endswith("shirt")


def test_cameras_are_shown_where_known(data_root):
    table = Market1501(data_root).load().where_split("query")
    assert {item.label for item in sheet_items(table, per_identity=1)} == {
        f"id {n} · cam 1" for n in (1, 2, 3, 4)
    }
    with pytest.raises(InputError, match="1 or more"):
        sheet_items(table, count=0)


def test_strangers_in_scenes_are_shown_one_by_one():
    table = Prw(SCENES).load().where_split("test")
    people = Counter(row.person_id for row in table)
    strangers = people.pop(None)
    items = sheet_items(table, count=len(table), per_identity=1)
    labels = Counter(item.label.partition(" · cam")[0] for item in items)
    known = {f"id {person}": 1 for person in people}
    assert {name: n for name, n in labels.items() if name.startswith("id ")} == known
    assert len(items) == len(people) + strangers
    alone = table.select(np.array([row.person_id is None for row in table]))
    assert len(sheet_items(alone, count=99, per_identity=1)) == strangers > 1
    assert sheet_items(table.select(np.zeros(0, np.int64))) == []
