"""Writing the attributes of the people of Market-1501's layout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from plipdet.datasets.sources.market1501_attributes import AGES, FIELDS
from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.market1501 import export_market1501
from plipdet.minipedes.exporters.mat_writing import cell_row, write_mat
from plipdet.minipedes.exporters.public_labels import Rule, any_of, none_of, public_labels

_AGES = ("age child", "age young", "age adult", "age old")
_COLOURS = {
    "black": "black",
    "white": "white",
    "red": "red",
    "yellow": "yellow",
    "gray": "grey",
    "blue": "blue",
    "green": "green",
}
_RULES: dict[str, Rule] = {
    "gender": any_of("female"),
    "hair": any_of("hair long", "hair tied"),
    "up": any_of("sleeves short", "sleeveless"),
    "down": any_of("shorts", "skirt", "dress"),
    "clothes": none_of("skirt", "dress"),
    "hat": any_of("hat"),
    "backpack": any_of("backpack"),
    "bag": any_of("shoulder bag", "shopping bag", "suitcase"),
    "handbag": any_of("handbag"),
    **{f"up{public}": any_of(f"upper {ours}") for public, ours in _COLOURS.items()},
    "uppurple": any_of("upper pink"),  # MiniPedes's labels hold pink and purple for one
    **{f"down{public}": any_of(f"lower {o}") for public, o in _COLOURS.items() if public != "red"},
    "downpink": any_of("lower pink"),
    "downbrown": any_of("lower brown"),
}


def export_market1501_attributes(records: Sequence[CropRecord], out: Path) -> Path:
    """Write ``attribute/market_attribute.mat`` into ``out/Market-1501-v15.09.15``.

    The pictures of that layout are written, too, where they are not there.

    Args:
        records: Crops of all three splits, with labels; those of val get none, as they are nobody.
        out: Folder that has, or gets, the layout's folder.

    Returns:
        The layout's folder.

    Raises:
        InputError: If the crops have no labels.
    """
    people = {split: _people(records, split) for split in ("train", "test")}
    content = {split: _fields(found) for split, found in people.items()}
    folder = export_market1501(records, out)
    write_mat(folder / "attribute" / "market_attribute.mat", {"market_attribute": content})
    return folder


def _people(records: Sequence[CropRecord], split: str) -> list[CropRecord]:
    """Return one picture of each person of a split."""
    mine = (record for record in records if record.split == split)
    return [*{record.person_id: record for record in mine}.values()]


def _fields(people: Sequence[CropRecord]) -> dict[str, np.ndarray]:
    """Return the fields of a split: one value for each person, 2 for yes and 1 for no."""
    fields = [*FIELDS]
    labels = public_labels(people, fields, _RULES)
    ages = public_labels(people, AGES, {age: any_of(o) for age, o in zip(AGES, _AGES, strict=True)})
    return {
        "age": np.argmax(ages, axis=1)[None].astype(np.float64) + 1,
        **{field: labels[None, :, at].astype(np.float64) + 1 for at, field in enumerate(fields)},
        "image_index": cell_row([f"{record.person_id:04d}" for record in people]),
    }
