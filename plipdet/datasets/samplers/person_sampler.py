"""PersonSampler: rows with their epoch, dealt to the ranks."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sized

import numpy as np
from torch.utils.data import Sampler

from plipdet.distributed import broadcast_object, rank, world_size
from plipdet.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class PersonSampler(Sampler[tuple[int, int]]):
    """Yields (row, epoch) keys; every epoch is one pass over the data set, shared by the ranks.

    The order over all ranks depends on seed and epoch alone: rank r of R takes every R-th key from
    the r-th on. The epoch travels in the key, so that workers that outlive an epoch know it too.

    Args:
        dataset: Anything with a length.
        shuffle: Whether each epoch has an order of its own; else the order of the rows.
        seed: Seed of the order; ``None`` draws one on rank 0 for all ranks.
        round_up: Whether all ranks get the same number of rows, the first ones of the order being
            given again at the end; else the last ranks may get one row less.
    """

    def __init__(
        self,
        dataset: Sized,
        shuffle: bool = True,
        *,
        seed: int | None = 0,
        round_up: bool = True,
    ) -> None:
        self.dataset = dataset
        self.size = len(dataset)
        self.shuffle = shuffle
        self.seed = broadcast_object(secrets.randbits(31)) if seed is None else seed
        self.round_up = round_up
        self.epoch = 0
        self.rank, self.world_size = rank(), world_size()

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch of the next pass; MMEngine's hook calls it before each."""
        self.epoch = epoch

    def __len__(self) -> int:
        if self.round_up:
            return -(-self.size // self.world_size)
        return len(range(self.rank, self.size, self.world_size))

    def __iter__(self) -> Iterator[tuple[int, int]]:
        order = np.arange(self.size)
        if self.shuffle:
            # The spawn key keeps the order's draws apart from those of any sample.
            entropy = np.random.SeedSequence((self.seed, self.epoch), spawn_key=(1,))
            np.random.Generator(np.random.Philox(entropy)).shuffle(order)
        mine = np.resize(order, len(self) * self.world_size) if self.round_up else order
        epoch = self.epoch
        return ((int(row), epoch) for row in mine[self.rank :: self.world_size])
