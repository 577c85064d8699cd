"""LengthBucketBatchSampler: batches of items whose captions are about equally long."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from torch.utils.data import Sampler

from plipdet.errors import InputError
from plipdet.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class LengthBucketBatchSampler(Sampler[list[Any]]):
    """Sorts what a sampler gives by the captions' lengths, some batches at a time.

    A batch is padded to its longest caption; with captions of like length that costs little. The
    sampler's order is cut into windows. The keys of a window are sorted, cut into batches, and
    the batches come in random order. Which keys are left for a last, smaller batch is the
    sampler's choice, as without buckets.

    All ranks give as many batches as their samplers do, and in the same order of lengths, so that
    the ranks of a step wait little for one another. The batches depend on the sampler's seed and
    epoch alone.

    What is known of a length are the bytes of the caption that the item gets in this epoch; they
    are read from where the texts end in the person table, neither pictures nor texts are read.

    Args:
        sampler: Gives (item, epoch) keys or items, and has ``dataset`` and ``seed``, such as
            ``PersonSampler``; its dataset has ``caption_lengths``, such as ``PersonDataset``.
        batch_size: Items of a batch.
        drop_last: Whether the items that fill no batch are left out.
        window: Batches that are sorted together. More mean less padding, and batches that are
            more alike.

    Raises:
        InputError: If a number is not whole or too small, or the lengths of the sampler's items
            are not known.
    """

    def __init__(
        self, sampler: Any, batch_size: int, *, drop_last: bool = False, window: int = 50
    ) -> None:
        for name, value in (("batch_size", batch_size), ("window", window)):
            if not isinstance(value, int) or value < 1:
                raise InputError(
                    f"LengthBucketBatchSampler has {name} = {value}; expected a whole number, "
                    "1 or more"
                )
        for name in ("dataset", "seed"):
            if not hasattr(sampler, name):
                raise InputError(
                    f"LengthBucketBatchSampler cannot sort a {type(sampler).__name__}, which has "
                    f"no {name}; use PersonSampler"
                )
        dataset = sampler.dataset
        if not hasattr(dataset, "caption_lengths"):
            raise InputError(
                f"LengthBucketBatchSampler needs a dataset with caption_lengths, which "
                f"{type(dataset).__name__} has not; use PersonDataset, or leave the buckets out"
            )
        dataset.caption_lengths(np.arange(0), epoch=0)  # it tells at once if it has none
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.window = window

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch of the next pass."""
        if hasattr(self.sampler, "set_epoch"):
            self.sampler.set_epoch(epoch)

    def __len__(self) -> int:
        items = len(self.sampler)
        return items // self.batch_size if self.drop_last else -(-items // self.batch_size)

    def __iter__(self) -> Iterator[list[Any]]:
        epoch = getattr(self.sampler, "epoch", 0)
        # The spawn key keeps these draws apart from the sampler's and from those of any sample.
        entropy = np.random.SeedSequence((self.sampler.seed, epoch), spawn_key=(3,))
        rng = np.random.Generator(np.random.Philox(entropy))
        keys = iter(self.sampler)
        while taken := list(islice(keys, self.batch_size * self.window)):
            whole = len(taken) - len(taken) % self.batch_size
            batches = self._by_length(taken[:whole]).reshape(-1, self.batch_size)
            for batch in rng.permutation(batches):
                yield [taken[at] for at in batch.tolist()]
            if whole < len(taken) and not self.drop_last:
                yield taken[whole:]

    def _by_length(self, keys: list[Any]) -> np.ndarray:
        """Return the order of keys by length, those of equal length in the sampler's, (n,)."""
        if not keys:
            return np.arange(0)
        dealt = isinstance(keys[0], tuple)
        items = np.array([key[0] for key in keys] if dealt else keys)
        epoch = keys[0][1] if dealt else 0
        return np.argsort(self.sampler.dataset.caption_lengths(items, epoch=epoch), kind="stable")
