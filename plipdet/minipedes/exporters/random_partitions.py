"""Random partitions of pictures, as PETA and RAP come with five of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from plipdet.minipedes.exporters.crop_record import CropRecord

_COUNT = 5
ZERO_SHOT_FILE = "zero_shot_split.json"
"""Name of the file with a split that shares no people."""


def random_partitions(count: int, shares: Mapping[str, float]) -> list[dict[str, np.ndarray]]:
    """Return five partitions of pictures; those of one person are not kept together.

    Args:
        count: Number of pictures.
        shares: Part to its share of the pictures; the last gets what is left.

    Returns:
        Part to sorted indices from 0; every picture is in one part.
    """
    ends = (np.cumsum([*shares.values()])[:-1] * count).round().astype(int)
    found = []
    for number in range(_COUNT):
        order = np.random.default_rng((number, 91)).permutation(count)
        parts = (np.sort(part) for part in np.split(order, ends))
        found.append(dict(zip(shares, parts, strict=True)))
    return found


def write_zero_shot_split(path: Path, records: Sequence[CropRecord], names: Sequence[str]) -> None:
    """Write the pictures of each split of the records, whose people are in one split only.

    Args:
        path: The JSON file.
        records: The pictures.
        names: What each is called.
    """
    splits: dict[str, list[str]] = {"train": [], "val": [], "test": []}
    for record, name in zip(records, names, strict=True):
        splits[record.split].append(name)
    path.write_text(json.dumps(splits), encoding="utf-8")
