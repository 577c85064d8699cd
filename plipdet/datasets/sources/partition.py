"""The random partitions of PETA and RAP, of which their benchmarks have five."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from plipdet.errors import InputError

from .mat_record import MatRecord


def check_partition(partition: int) -> None:
    """Raise unless it can be a partition's number; the file tells how many there are.

    Raises:
        InputError: If it is no whole number from 0 on.
    """
    if type(partition) is not int or partition < 0:
        raise InputError(f"partition = {partition!r}; expected 0 to 4")


def read_partition(
    mat: MatRecord,
    fields: Sequence[str],
    *,
    partition: int,
    splits: Mapping[str, Sequence[str]],
    pictures: int,
) -> dict[str, np.ndarray]:
    """Return split to indices of pictures.

    Args:
        mat: The record that has the partitions.
        fields: Names of the field of partitions.
        partition: Which of them, from 0.
        splits: Split to the names of its field.
        pictures: Number of pictures, which the file counts from 1.

    Raises:
        InputError: If there is no such partition, or one of its splits is missing or wrong.
    """
    found = mat.record_at(partition, *fields)
    return {split: found.indices(*names, below=pictures) for split, names in splits.items()}
