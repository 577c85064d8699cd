"""The file of attribute labels beside an annotation that has phrases only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from plipdet.array_files import read_arrays
from plipdet.datasets.text.phrase_attributes import ATTRIBUTE_NAMES, YES, phrase_labels
from plipdet.errors import InputError
from plipdet.whole_file import whole_file

LABEL_FILE = "synthpedes_attributes.npz"
"""Its usual name."""
_BATCH = 65536  # records whose labels are joined at a time


class PhraseLabelFile:
    """Labels of all records of an annotation, in its order: names, labels, and whose they are.

    A ``.npz`` file of three arrays: ``names`` (A,) of strings, ``labels`` (records, A) int8 of 1
    yes, 0 no, -1 unknown, and ``pictures``, the SHA-256 of the records' picture paths.

    Args:
        path: The file.

    Raises:
        InputError: If it is missing, damaged, or has other arrays.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        arrays = read_arrays(path)
        try:
            names, self.labels, digest = (arrays[k] for k in ("names", "labels", "pictures"))
        except KeyError as error:
            raise InputError(f"{path} has no array {error}; {_REMEDY}") from error
        self.names: tuple[str, ...] = tuple(map(str, names.tolist())) if names.ndim == 1 else ()
        fits = self.labels.ndim == 2 and self.labels.shape[1] == len(self.names) > 0
        if not fits or self.labels.dtype != np.int8 or digest.ndim:
            raise InputError(
                f"{path} has labels of shape {self.labels.shape}, {self.labels.dtype}, for "
                f"{len(self.names)} names; {_REMEDY}"
            )
        values = np.unique(self.labels)
        if len(values) and (values[0] < -1 or values[-1] > 1):
            raise InputError(f"{path} has labels besides 1, 0 and -1; {_REMEDY}")
        self._digest = str(digest)

    def labelled(self, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the rows with their labels, after which it is known that they belong together.

        Raises:
            InputError: If the file is of another annotation.
        """
        digest, number = hashlib.sha256(), 0
        for number, row in enumerate(rows, 1):
            if number > len(self.labels):
                break
            digest.update(b"\0" + row["image"].encode())
            yield {**row, "attribute_labels": self.labels[number - 1].tolist()}
        if number != len(self.labels) or digest.hexdigest() != self._digest:
            raise InputError(f"{self.path} was made from another annotation; {_REMEDY}")


_REMEDY = "make it with tools/data/phrases_to_attributes.py"


def write_phrase_labels(
    path: Path, records: Iterable[tuple[str, Sequence[str | None]]], *, min_share: float
) -> dict[str, dict[str, float]]:
    """Write the labels that phrases tell, whole or not at all, and return what they are like.

    Args:
        path: Target.
        records: Picture path and six phrases of each record, in the order of the annotation.
        min_share: Leave out attributes that fewer of the known labels affirm, or fewer deny, 0..1.

    Returns:
        By attribute that is kept: ``known`` and ``yes``, the shares of records whose label is
        known, and of these that have it, 0..1.

    Raises:
        InputError: If there is no record, or no attribute is left.
    """
    digest, parts, pending = hashlib.sha256(), [], []
    for image, phrases in records:
        digest.update(b"\0" + image.encode())
        pending.append(phrase_labels(phrases))
        if len(pending) == _BATCH:
            parts.append(np.array(pending, np.int8))
            pending = []
    labels = np.concatenate([*parts, np.array(pending, np.int8).reshape(-1, len(ATTRIBUTE_NAMES))])
    if not len(labels):
        raise InputError("the annotation has no record, so there is nothing to label")
    known = (labels >= 0).sum(axis=0)
    yes = (labels == YES).sum(axis=0)
    share = yes / np.maximum(known, 1)
    kept = np.flatnonzero((known > 0) & (share >= min_share) & (share <= 1 - min_share))
    if not len(kept):
        raise InputError(
            f"no attribute is told by a share of {min_share} of the phrases; lower --min-share"
        )
    names = np.array([ATTRIBUTE_NAMES[n] for n in kept])
    with whole_file(path) as file:
        np.savez(file, names=names, labels=labels[:, kept], pictures=np.array(digest.hexdigest()))
    return {
        ATTRIBUTE_NAMES[n]: {"known": float(known[n] / len(labels)), "yes": float(share[n])}
        for n in kept
    }
