"""AttributeAnnotation: what an annotation says of all pictures, before it becomes rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from plipdet.errors import InputError, near

from .split_file import SplitFile


@dataclass(frozen=True, kw_only=True)
class AttributeAnnotation:
    """Pictures with attribute labels and the splits they are in.

    Args:
        path: The annotation's file, for messages.
        names: Names of the A attributes, each once.
        images: Names of the P pictures as the annotation has them.
        labels: 1 yes, 0 no, -1 unknown, int8, shape (P, A).
        splits: Split to indices of pictures; one in no split is not used.
        person_ids: Identities, -1 where nobody knows, shape (P,); ``None`` if there are none.

    Raises:
        InputError: If two attributes have one name, or a picture is in two splits.
    """

    path: Path
    names: tuple[str, ...]
    images: Sequence[str]
    labels: np.ndarray
    splits: Mapping[str, np.ndarray] = field(default_factory=dict)
    person_ids: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name in self.names:
            if self.names.count(name) > 1:
                raise InputError(f"{self.path} has two attributes {name!r}; rename one")
        assert self.labels.shape == (len(self.images), len(self.names)), self.labels.shape
        owner = np.full(len(self.images), -1)
        for number, (split, rows) in enumerate(self.splits.items()):
            found, counts = np.unique(rows, return_counts=True)
            twice = found[(counts > 1) | (owner[found] >= 0)]
            if len(twice):
                first = owner[twice[0]]
                other = split if first < 0 else [*self.splits][first]
                raise InputError(
                    f"{self.path}: picture {self.images[twice[0]]} is in {split} and again in "
                    f"{other}; a picture is in one split, once"
                )
            owner[found] = number

    def of(self, names: Sequence[str]) -> AttributeAnnotation:
        """Return the same with some attributes, in the order of ``names``.

        Raises:
            InputError: If one is unknown.
        """
        for name in names:
            if name not in self.names:
                raise InputError(
                    f"{self.path} has no attribute {name!r}{near(name, self.names)}; it has "
                    f"{len(self.names)}: {', '.join(self.names[:6])} ..."
                )
        columns = [self.names.index(name) for name in names]
        return replace(self, names=tuple(names), labels=self.labels[:, columns])

    def split_by(self, file: SplitFile) -> AttributeAnnotation:
        """Return the same with the splits, and the attributes if it names some, of a file."""
        rows = file.rows(self.images)
        chosen = self if file.attributes is None else self.of(file.attributes)
        return replace(chosen, path=file.path, splits=rows)

    def rows(self, pattern: str) -> Iterator[dict[str, Any]]:
        """Yield rows of the person table, split by split.

        Args:
            pattern: Path of a picture, ``{}`` for its name.
        """
        for split, rows in self.splits.items():
            for row in rows:
                person = -1 if self.person_ids is None else int(self.person_ids[row])
                yield {
                    "image": pattern.format(self.images[row]),
                    "person_id": None if person < 0 else person,
                    "split": split,
                    "attribute_labels": self.labels[row].tolist(),
                }
