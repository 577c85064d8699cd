"""Attributes of the people of Market-1501."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from plipdet.errors import InputError
from plipdet.registry import SOURCES

from .market1501 import NAME, Market1501
from .market_folders import JUNK_ID, MarketFolders
from .mat_record import MatRecord
from .table_cache import file_fingerprint, names_fingerprint

AGES = ("young", "teenager", "adult", "old")
"""What the values 1 to 4 of ``age`` mean, as the file's description calls them."""
UPPER_COLOURS = ("black", "white", "red", "purple", "yellow", "gray", "blue", "green")
LOWER_COLOURS = ("black", "white", "pink", "purple", "yellow", "gray", "blue", "green", "brown")
# Field to what its value 2 means, after the file's description; 1 is the contrary.
FIELDS: dict[str, str] = {
    "gender": "female",
    "hair": "long hair",
    "up": "short sleeves",
    "down": "short lower body",
    "clothes": "pants",
    "hat": "hat",
    "backpack": "backpack",
    "bag": "bag",
    "handbag": "handbag",
    **{f"up{colour}": f"up{colour}" for colour in UPPER_COLOURS},
    **{f"down{colour}": f"down{colour}" for colour in LOWER_COLOURS},
}
_NAMES = (*FIELDS.values(), *(f"age {age}" for age in AGES))
_PLACES = ("", "attribute/", "Market-1501_Attribute/", "Market-1501_Attribute-master/")
_FILE = "market_attribute.mat"
_DISTRACTOR = 0
_SPLITS = {"train": "train", "query": "test", "gallery": "test"}


@SOURCES.register_module()
class Market1501Attributes(MarketFolders):
    """Market-1501 with 30 attributes of each person: 12,936 training, 16,483 test pictures.

    Lin et al., Improving Person Re-identification by Attribute and Identity Learning, Pattern
    Recognition 2019. The file has 26 binary attributes and an age of four values, which become
    four. Labels are of the person, not of the picture. Test is queries and gallery; junk and
    distractors, of whom nothing is known, are left out.

    Args:
        root: The folder ``Market-1501-v15.09.15``, or the folder that holds it.
    """

    name = "market1501_attributes"
    folder_names = Market1501.folder_names
    layout = """
Market-1501-v15.09.15/
  attribute/market_attribute.mat      (or beside the folders of pictures)
  bounding_box_train/0002_c1s1_000451_03.jpg ...
  query/0001_c1s1_001051_00.jpg ...
  bounding_box_test/0000_c1s1_000151_01.jpg ...
"""
    name_pattern = NAME
    name_example = Market1501.name_example

    def fingerprint(self, folder: Path) -> str:
        """Return hex digits that change when a picture's name or the file of labels does."""
        labels = file_fingerprint(self._labels_path(folder), self.reader_version)
        return names_fingerprint([super().fingerprint(folder), labels], self.reader_version)

    def attribute_names(self, folder: Path) -> Sequence[str]:
        """Return the names of the attributes: what 1 means."""
        return _NAMES

    def rows(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Yield the rows of the person table: train, queries, gallery."""
        path = self._labels_path(folder)
        labels = {split: _read_labels(path, split) for split in dict.fromkeys(_SPLITS.values())}
        for row in super().rows(folder):
            split = _SPLITS[row["split"]]
            if row["person_id"] in (JUNK_ID, _DISTRACTOR):
                continue
            known = labels[split].get(row["person_id"])
            if known is None:
                raise InputError(
                    f"{path} has no labels of identity {row['person_id']} in {split}, whom "
                    f"{row['image']} shows"
                )
            yield {**row, "split": split, "attribute_labels": known}

    def _labels_path(self, folder: Path) -> Path:
        places = [folder / f"{place}{_FILE}" for place in _PLACES]
        found = next((path for path in places if path.is_file()), None)
        if found is None:
            raise InputError(
                f"{folder} has no {_FILE}, neither beside the pictures' folders nor in "
                f"{', '.join(place.rstrip('/') for place in _PLACES if place)}; put it into "
                f"{folder / 'attribute'}"
            )
        return found


def _read_labels(path: Path, split: str) -> dict[int, list[int]]:
    """Return the labels of each identity of a split."""
    mat = MatRecord.read(path, ["market_attribute"]).record("market_attribute").record(split)
    people = [_identity(mat, text) for text in mat.texts("image_index")]
    columns = [_column(mat, field, (1, 2), people) == 2 for field in FIELDS]
    ages = _column(mat, "age", range(1, len(AGES) + 1), people)
    columns += [ages == number for number in range(1, len(AGES) + 1)]
    table = np.stack(columns, axis=1).astype(np.int8)
    return {person: row.tolist() for person, row in zip(people, table, strict=True)}


def _identity(mat: MatRecord, text: str) -> int:
    if not text.isdecimal():
        raise InputError(f"{mat.path}: {mat.where}image_index has {text!r}; expected an identity")
    return int(text)


def _column(mat: MatRecord, field: str, known: Sequence[int], people: list[int]) -> np.ndarray:
    """Return the values of a field, one for each identity, shape (people,)."""
    values = mat.table(field).ravel()
    if len(values) != len(people):
        raise InputError(
            f"{mat.path}: {mat.where}{field} has {len(values)} values for {len(people)} people"
        )
    wrong = np.flatnonzero(~np.isin(values, list(known)))
    if len(wrong):
        raise InputError(
            f"{mat.path}: {mat.where}{field} is {values[wrong[0]]} for identity "
            f"{people[wrong[0]]}; expected {known[0]} to {known[-1]}"
        )
    return values
