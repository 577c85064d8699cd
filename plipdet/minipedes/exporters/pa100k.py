"""Writing the layout of PA-100K."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.mat_writing import cell_column, write_mat
from plipdet.minipedes.exporters.place_image import place_image
from plipdet.minipedes.exporters.public_labels import Rule, any_of, public_labels

_SIDES = {"front": "Front", "side": "Side", "back": "Back"}
_NAMES = (
    *("Female", "AgeOver60", "Age18-60", "AgeLess18", "Front", "Side", "Back", "Hat", "Glasses"),
    *("HandBag", "ShoulderBag", "Backpack", "HoldObjectsInFront", "ShortSleeve", "LongSleeve"),
    *("UpperStride", "UpperLogo", "UpperPlaid", "UpperSplice", "LowerStripe", "LowerPattern"),
    *("LongCoat", "Trousers", "Shorts", "Skirt&Dress", "boots"),
)
_RULES: dict[str, Rule] = {
    "Female": any_of("female"),
    "AgeOver60": any_of("age old"),
    "Age18-60": any_of("age young", "age adult"),
    "AgeLess18": any_of("age child"),
    "Hat": any_of("hat"),
    "Glasses": any_of("glasses"),
    "HandBag": any_of("handbag"),
    "ShoulderBag": any_of("shoulder bag"),
    "Backpack": any_of("backpack"),
    "HoldObjectsInFront": any_of("phone"),
    "ShortSleeve": any_of("sleeves short", "sleeveless"),
    "LongSleeve": any_of("sleeves long"),
    "UpperStride": any_of("upper striped"),
    "UpperLogo": any_of("upper logo"),
    "UpperPlaid": any_of("upper plaid"),
    "UpperSplice": any_of("upper colour-block"),
    "LowerStripe": any_of("lower striped"),
    "LowerPattern": Rule(("lower patterned",), ("lower striped",)),
    "LongCoat": any_of("long coat"),
    "Trousers": any_of("trousers"),
    "Shorts": any_of("shorts"),
    "Skirt&Dress": any_of("skirt", "dress"),
    "boots": any_of("boots"),
}


def export_pa100k(records: Sequence[CropRecord], out: Path) -> Path:
    """Write train, val and test as ``out/PA100k``, whose people are in one split only.

    Labels are of the person, whatever the picture shows; front, side or back is the picture's.

    Args:
        records: Crops of all three splits, with labels.
        out: Folder that gets the layout's folder.

    Returns:
        The layout's folder.

    Raises:
        InputError: If the crops have no labels.
    """
    folder = out / "PA100k"
    content: dict[str, Any] = {"attributes": cell_column(_NAMES)}
    number = 0
    for split in ("train", "val", "test"):
        mine = [record for record in records if record.split == split]
        labels = public_labels(mine, _NAMES, _RULES)
        for side, name in _SIDES.items():
            labels[:, _NAMES.index(name)] = np.array([record.side == side for record in mine])
        names = [f"{at:06d}.jpg" for at in range(number + 1, number + 1 + len(mine))]
        number += len(mine)
        for record, name in zip(mine, names, strict=True):
            place_image(record.image, folder / "data" / name)
        content[f"{split}_images_name"] = cell_column(names)
        content[f"{split}_label"] = labels
    write_mat(folder / "annotation.mat", content)
    return folder
