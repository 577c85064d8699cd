"""PersonDataset: rows of a person table through a pipeline of transforms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow.compute as pc
from torch.utils.data import Dataset

from plipdet.errors import InputError, near
from plipdet.registry import DATASETS, SOURCES, TRANSFORMS, build
from plipdet.structures import SPLITS, PersonTable

from .sample_randomness import sample_generator, seeded_globals

_UNITS = ("image", "caption")


@DATASETS.register_module()
class PersonDataset(Dataset):
    """Person instances of a source; an item is what the pipeline makes of one row.

    An item's randomness comes from (seed, epoch, item) alone, so that samples do not depend on
    the number of workers or ranks. The pipeline finds it in ``results["rng"]``; ``random`` and
    ``numpy.random`` are seeded from it too, for transforms of other packages.

    Args:
        source: Reader of a data set or its config, or a table.
        pipeline: Transforms or their configs, called in order on one ``results`` dict, which
            starts with ``row`` (PersonRow), ``root`` (Path), ``rng``, ``index`` (of the item) and,
            for ``unit="caption"``, ``caption_index`` (which of the row's captions is meant).
        split: Split or splits to keep, ``None`` for all rows. A source without splits is all
            ``"train"``.
        max_identities: Keep only the rows of this many identities, ``None`` for all. They are the
            first of one fixed random order, so that a smaller set is part of a larger one.
        unit: ``"image"`` for one item per row, ``"caption"`` for one per row and caption, as
            text-to-image retrieval asks.
        seed: Seed of the samples' randomness, not negative.

    Raises:
        InputError: If the source is missing or wrong, or an argument has no such meaning.
    """

    def __init__(
        self,
        source: Any,
        pipeline: Sequence[Any],
        *,
        split: str | Sequence[str] | None = None,
        max_identities: int | None = None,
        unit: str = "image",
        seed: int = 0,
    ) -> None:
        if unit not in _UNITS:
            raise InputError(f"unknown unit {unit!r}{near(unit, _UNITS)}; expected one of {_UNITS}")
        if seed < 0:
            raise InputError(f"seed = {seed} of a dataset is negative; expected 0 or more")
        self.pipeline = [build(step, TRANSFORMS) for step in pipeline]
        built = build(source, SOURCES)
        table = built if isinstance(built, PersonTable) else built.load()
        table = _of_split(table, split)
        if max_identities is not None:
            table = _of_identities(table, max_identities)
        self.table: PersonTable = table
        self.unit = unit
        self.seed = seed
        self._ends = _caption_ends(self.table) if unit == "caption" else None

    def __len__(self) -> int:
        return len(self.table) if self._ends is None else int(self._ends[-1])

    def __getitem__(self, key: int | tuple[int, int]) -> dict[str, Any]:
        """Return the pipeline's result for an item.

        Args:
            key: Index of the item, or (index, epoch) as :class:`PersonSampler` gives; the epoch
                changes the randomness and is 0 when left out.
        """
        index, epoch = key if isinstance(key, tuple) else (key, 0)
        if not 0 <= index < len(self):
            raise IndexError(f"item {index} of a dataset of {len(self)}")
        rng = sample_generator(self.seed, epoch=epoch, row=index)
        results: dict[str, Any] = {"root": self.table.root, "rng": rng, "index": index}
        if self._ends is None:
            results["row"] = self.table[index]
        else:
            row = int(np.searchsorted(self._ends, index, side="right"))
            results["row"] = self.table[row]
            results["caption_index"] = index - (int(self._ends[row - 1]) if row else 0)
        with seeded_globals(rng):
            for step in self.pipeline:
                results = step(results)
                assert isinstance(results, dict), f"{step} returned no results dict"
        return results

    def person_ids(self) -> np.ndarray | None:
        """Return the identity of each item, int64, shape (items,); ``None`` if there are none."""
        return self._per_item(self.table.numbers("person_id"))

    def camera_ids(self) -> np.ndarray | None:
        """Return the camera of each item, int64, shape (items,); ``None`` if there are none."""
        return self._per_item(self.table.numbers("camera_id"))

    def _per_item(self, values: np.ndarray | None) -> np.ndarray | None:
        if values is None or self._ends is None:
            return values
        return np.repeat(values, np.diff(self._ends, prepend=0))

    def __getstate__(self) -> dict[str, Any]:
        # 4.8 M ends would be copied into every spawned worker; they are recounted there instead.
        return {**self.__dict__, "_ends": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._ends = _caption_ends(self.table) if self.unit == "caption" else None


def _of_split(table: PersonTable, split: str | Sequence[str] | None) -> PersonTable:
    splits = (split,) if isinstance(split, str) else split
    if splits is None:
        return table
    if table.column("split").null_count < len(table):
        return table.where_split(*splits)
    for name in splits:
        if name != "train":
            hint = "it has no splits and is all 'train'" if name in SPLITS else f"one of {SPLITS}"
            raise InputError(f"no row of split {name!r} in {table.root}; {hint}")
    return table


def _of_identities(table: PersonTable, count: int) -> PersonTable:
    if count < 1:
        raise InputError(f"max_identities = {count}; expected 1 or more, or None for all")
    ids = table.numbers("person_id")
    if ids is None:
        raise InputError(f"the data in {table.root} have no identities; leave out max_identities")
    order = np.random.Generator(np.random.Philox(0)).permutation(np.unique(ids))
    return table.select(np.isin(ids, order[:count]))


def _caption_ends(table: PersonTable) -> np.ndarray:
    """Return the running count of captions after each row, int64, shape (rows,)."""
    counts = pc.fill_null(pc.list_value_length(table.column("captions")), 0)
    ends = np.cumsum(counts.to_numpy().astype(np.int64))
    if not len(ends) or ends[-1] == 0:
        raise InputError(f"the data in {table.root} have no captions; unit='caption' needs some")
    return ends
