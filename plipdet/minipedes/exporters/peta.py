"""Writing the layout of PETA."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from plipdet.datasets.sources.peta import EVALUATED
from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.mat_writing import cell_column, counted_from_1, write_mat
from plipdet.minipedes.exporters.place_image import place_image
from plipdet.minipedes.exporters.public_labels import Rule, any_of, none_of, public_labels
from plipdet.minipedes.exporters.random_partitions import (
    ZERO_SHOT_FILE,
    random_partitions,
    write_zero_shot_split,
)

_SHARES = {"train": 0.5, "val": 0.1, "test": 0.4}
_COLOURS = (
    *("Black", "Blue", "Brown", "Green", "Grey", "Orange", "Pink", "Purple", "Red", "White"),
    "Yellow",
)
_COLOURED = ("upperBody", "lowerBody", "hair", "footwear")
_FURTHER = (
    *("accessoryHeadphone", "personalLess15", "carryingBabyBuggy", "hairBald", "footwearBoots"),
    *("lowerBodyCapri", "carryingShoppingTro", "carryingUmbrella", "personalFemale"),
    *("carryingFolder", "accessoryHairBand", "lowerBodyHotPants", "accessoryKerchief"),
    *("lowerBodyLongSkirt", "upperBodyLongSleeve", "lowerBodyPlaid", "lowerBodyThinStripes"),
    *("carryingLuggageCase", "upperBodyNoSleeve", "hairShort", "footwearStocking"),
    *("upperBodySuit", "carryingSuitcase", "lowerBodySuits", "upperBodySweater"),
    "upperBodyThickStripes",
)
_NAMES = (*EVALUATED, *(f"{what}{c}" for what in _COLOURED for c in _COLOURS), *_FURTHER)
_BAGS = ("backpack", "handbag", "shoulder bag", "suitcase", "shopping bag")
_RULES: dict[str, Rule] = {
    "personalLess15": any_of("age child"),
    "personalLess30": any_of("age young"),
    "personalLess45": any_of("age adult"),
    "personalLarger60": any_of("age old"),
    "personalMale": none_of("female"),
    "personalFemale": any_of("female"),
    "carryingBackpack": any_of("backpack"),
    "carryingMessengerBag": any_of("shoulder bag"),
    "carryingPlasticBags": any_of("shopping bag"),
    "carryingOther": any_of("handbag", "phone"),
    "carryingNothing": none_of(*_BAGS, "umbrella", "phone"),
    "carryingUmbrella": any_of("umbrella"),
    "carryingLuggageCase": any_of("suitcase"),
    "carryingSuitcase": any_of("suitcase"),
    "accessoryHat": any_of("hat"),
    "accessoryMuffler": any_of("scarf"),
    "accessorySunglasses": any_of("glasses"),
    "accessoryNothing": none_of("hat", "scarf", "glasses"),
    "hairLong": any_of("hair long"),
    "hairShort": any_of("hair short"),
    "hairBald": any_of("bald"),
    "upperBodyCasual": none_of("upper shirt", "long coat"),
    "upperBodyFormal": any_of("upper shirt", "long coat"),
    "upperBodyJacket": any_of("upper jacket"),
    "upperBodyTshirt": any_of("upper t-shirt"),
    "upperBodySweater": any_of("upper sweater"),
    "upperBodyOther": any_of("dress", "long coat"),
    "upperBodyLogo": any_of("upper logo"),
    "upperBodyPlaid": any_of("upper plaid"),
    "upperBodyThinStripes": any_of("upper striped"),
    "upperBodyShortSleeve": any_of("sleeves short"),
    "upperBodyLongSleeve": any_of("sleeves long"),
    "upperBodyNoSleeve": any_of("sleeveless"),
    "lowerBodyCasual": any_of("jeans", "shorts"),
    "lowerBodyFormal": Rule(("trousers",), ("jeans",)),
    "lowerBodyJeans": any_of("jeans"),
    "lowerBodyTrousers": any_of("trousers"),
    "lowerBodyShorts": any_of("shorts"),
    "lowerBodyShortSkirt": any_of("skirt"),
    "lowerBodyThinStripes": any_of("lower striped"),
    "footwearLeatherShoes": any_of("leather shoes"),
    "footwearSandals": any_of("sandals"),
    "footwearSneaker": any_of("sneakers"),
    "footwearShoes": any_of("sneakers", "leather shoes"),
    "footwearBoots": any_of("boots"),
    **{
        f"{part}Body{public}": any_of(f"{part} {ours}")
        for part in ("upper", "lower")
        for public, ours in (
            ("Black", "black"),
            ("Blue", "blue"),
            ("Brown", "brown"),
            ("Green", "green"),
            ("Grey", "grey"),
            ("Pink", "pink"),
            ("Red", "red"),
            ("White", "white"),
            ("Yellow", "yellow"),
        )
    },
}


def export_peta(records: Sequence[CropRecord], out: Path) -> Path:
    """Write all pictures as ``out/PETA``.

    The five partitions of ``PETA.mat`` are random as in the release and share people between
    training and test; ``zero_shot_split.json`` has the split that does not. Pictures are JPEG files
    and called so, unlike the release's PNG.

    Args:
        records: Crops of all three splits, with labels.
        out: Folder that gets the layout's folder.

    Returns:
        The layout's folder.

    Raises:
        InputError: If the crops have no labels.
    """
    folder = out / "PETA"
    labels = public_labels(records, _NAMES, _RULES)
    numbers = np.arange(1, len(records) + 1)
    people = np.array([record.person_id for record in records])
    names = [f"{number:05d}.jpg" for number in numbers]
    for record, name in zip(records, names, strict=True):
        place_image(record.image, folder / "images" / name)
    partitions = [
        {split: counted_from_1(rows) for split, rows in parts.items()}
        for parts in random_partitions(len(records), _SHARES)
    ]
    leading = (numbers, people, np.ones_like(numbers), people)  # picture, person, set, person of it
    first = len(leading) + 1
    write_mat(
        folder / "PETA.mat",
        {
            "peta": {
                "data": np.column_stack([*leading, labels]).astype(np.float64),
                "attribute": cell_column(_NAMES),
                "selected_attribute": np.arange(first, first + len(EVALUATED), dtype=np.float64),
                "partion_attribute": cell_column(partitions),
            }
        },
    )
    write_zero_shot_split(folder / ZERO_SHOT_FILE, records, names)
    return folder
