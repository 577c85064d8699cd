"""Splits of PETA and RAP as public code keeps them, in pickles of its own description of a set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from plipdet.errors import InputError, near
from plipdet.label_files import read_label_pickle

from .split_file import SPLIT_NAMES


def published_splits(path: str | Path, *, partition: int = 0) -> dict[str, list[str]]:
    """Return the content of a :class:`SplitFile` of a pickle such as ``dataset_zs_run0.pkl``.

    Jia et al., Rethinking of Pedestrian Attribute Recognition, arXiv 2107.03576, publish their
    zero-shot splits so: ``image_name``, ``attr_name``, ``label_idx.eval`` (columns of the
    evaluated attributes, all where it is missing), ``partition.train``, ``val``, ``test`` (indices
    from 0, or a list of five such), ``trainval`` for sets without validation.

    Args:
        path: The pickle, which is read without running anything in it.
        partition: Which one, from 0, if there are several.

    Raises:
        InputError: If it is no such pickle, or its indices point at nothing.
    """
    found = read_label_pickle(path)
    images = _names(path, found, "image_name")
    attributes = _names(path, found, "attr_name")
    parts = _field(path, found, "partition")
    name = "train" if isinstance(parts, dict) and "train" in parts else "trainval"
    parts = {"train": _field(path, parts, name), **parts}
    splits: dict[str, list[str]] = {}
    for split in SPLIT_NAMES:
        if split in parts:
            rows = _indices(path, f"partition.{split}", parts[split], partition, len(images))
            splits[split] = [images[row] for row in rows]
    columns = found.get("label_idx", {})
    chosen = columns.get("eval", [*range(len(attributes))]) if isinstance(columns, dict) else []
    evaluated = _indices(path, "label_idx.eval", chosen, 0, len(attributes))
    return {**splits, "attributes": [attributes[column] for column in evaluated]}


def _field(path: str | Path, found: Any, name: str) -> Any:
    if not isinstance(found, dict) or name not in found:
        has = [*found] if isinstance(found, dict) else []
        raise InputError(
            f"{path} has no {name!r}{near(name, has)}; it has {has or type(found).__name__}: it "
            "describes no set of attributes"
        )
    return found[name]


def _names(path: str | Path, found: Any, name: str) -> list[str]:
    names = _field(path, found, name)
    names = names.tolist() if isinstance(names, np.ndarray) else names
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        raise InputError(f"{path}: {name} is no list of texts")
    return names


def _indices(path: str | Path, name: str, found: Any, partition: int, below: int) -> list[int]:
    """Return indices from 0 on, of one partition where there is a list of them."""
    if isinstance(found, list) and found and isinstance(found[0], (np.ndarray, Sequence)):
        if not 0 <= partition < len(found):
            raise InputError(f"{path}: {name} has {len(found)} partitions; there is no {partition}")
        found = found[partition]
    try:
        array = np.asarray(found, np.int64).ravel()
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{path}: {name} holds something else than indices") from error
    if len(array) and not 0 <= array.min() <= array.max() < below:
        raise InputError(
            f"{path}: {name} has indices from {array.min()} to {array.max()}; there are {below} "
            "things, counted from 0"
        )
    return [int(index) for index in array]
