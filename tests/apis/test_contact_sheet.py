import pytest

from plipdet.apis.contact_sheet import sheet_items
from plipdet.apis.example_data import captioned_table
from plipdet.datasets.sources import Market1501
from plipdet.errors import InputError


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
