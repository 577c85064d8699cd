"""SplitFile: which pictures are for training and which for test, in a JSON file of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from plipdet.errors import InputError, near

SPLIT_NAMES = ("train", "val", "test")
_KEYS = (*SPLIT_NAMES, "attributes")


@dataclass(frozen=True)
class SplitFile:
    """A split of a data set of attributes other than its own, such as PETA's without shared people.

    Args:
        path: The file.
        splits: Split to names of pictures, or to their places in the annotation, from 0.
        attributes: Names of the attributes to use, in order; ``None`` for the data set's own.
    """

    path: Path
    splits: Mapping[str, Sequence[str | int]]
    attributes: tuple[str, ...] | None = None

    @classmethod
    def read(cls, path: str | Path) -> SplitFile:
        """Read ``{"train": [...], "val": [...], "test": [...], "attributes": [...]}``.

        ``attributes`` and empty splits may be left out; docs/data/sources.md describes the form.

        Raises:
            InputError: If it cannot be read, or is no JSON of this form.
        """
        path = Path(path)
        try:
            found = json.loads(path.read_text(encoding="utf-8-sig"))
        except (ValueError, RecursionError, OSError) as error:
            raise InputError(
                f"{path} cannot be read as JSON: {error}; a pickle becomes JSON with "
                "tools/converters/attribute_splits.py"
            ) from error
        if not isinstance(found, dict):
            raise InputError(f"{path} holds no JSON object, but a {type(found).__name__}")
        for key in found:
            if key not in _KEYS:
                raise InputError(f"{path} has {key!r}{near(key, _KEYS)}; it may have {_KEYS}")
        splits = {name: _pictures(path, name, found[name]) for name in SPLIT_NAMES if name in found}
        if not any(splits.values()):
            raise InputError(f"{path} names no picture for {', '.join(SPLIT_NAMES)}")
        attributes = found.get("attributes")
        if attributes is not None:
            texts = isinstance(attributes, list) and all(isinstance(a, str) for a in attributes)
            if not texts or not attributes:
                raise InputError(f"{path} has attributes that are no list of names")
            attributes = tuple(attributes)
        return cls(path, splits, attributes)

    def rows(self, images: Sequence[str]) -> dict[str, np.ndarray]:
        """Return split to indices of pictures.

        Args:
            images: The names of all pictures in the annotation.

        Raises:
            InputError: If a picture is not among them.
        """
        places = {name: row for row, name in enumerate(images)}
        found = {}
        for split, pictures in self.splits.items():
            rows = [self._row(split, picture, places) for picture in pictures]
            found[split] = np.array(rows, np.int64)
        return found

    def _row(self, split: str, picture: str | int, places: Mapping[str, int]) -> int:
        if isinstance(picture, int):
            if not 0 <= picture < len(places):
                raise InputError(
                    f"{self.path}: {split} has picture {picture}; there are {len(places)}, "
                    "counted from 0"
                )
            return picture
        name = picture.rpartition("/")[2]
        row = places.get(name, places.get(name.rpartition(".")[0]))  # PETA's have no ending
        if row is None:
            raise InputError(
                f"{self.path}: {split} has picture {picture!r}, which the annotation does not "
                f"name; it has {', '.join([*places][:3])} ..."
            )
        return row


def _pictures(path: Path, split: str, found: Any) -> list[str | int]:
    if not isinstance(found, list):
        raise InputError(f"{path}: {split} is a {type(found).__name__}; expected a list")
    for picture in found:
        if type(picture) not in (str, int):
            raise InputError(
                f"{path}: {split} has {picture!r}; expected names of pictures, or their places "
                "counted from 0"
            )
    return found
