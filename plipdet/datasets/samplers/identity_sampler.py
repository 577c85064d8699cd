"""IdentitySampler: batches of P identities with K pictures each."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Protocol

import numpy as np
from torch.utils.data import Sampler

from plipdet.distributed import broadcast_object, rank, world_size
from plipdet.errors import InputError
from plipdet.registry import DATA_SAMPLERS
from plipdet.structures import IdentityIndex

from .identity_items import items_of_groups
from .identity_schedule import count_steps, schedule_groups

_STEPS_AT_ONCE = 256  # of which the pictures are drawn together


class _HasIdentities(Protocol):
    def identities(self) -> IdentityIndex: ...


@DATA_SAMPLERS.register_module()
class IdentitySampler(Sampler[tuple[int, int]]):
    """Yields (item, epoch) keys; each P x K in a row are P identities with K items each.

    The loader's batch size must be P x K. All ranks together have P x (number of ranks) different
    identities in a step, and all ranks have the same number of steps.

    An epoch is about one pass over the data: the items of an identity, in an order that is new in
    each epoch, are cut into groups of K, and each group comes once. What is left over by the last
    cut is filled up with other items of the identity; an item is twice in a group only if the
    identity has fewer than K. Left out are groups that fill no whole step, fewer than P x ranks,
    and groups of identities with more groups than the epoch has steps.

    The order over all ranks depends on seed, epoch and the number of ranks alone. Captions are not
    read, and of 4.8 million rows the first batch is there in half a second.

    Args:
        dataset: A data set with ``identities()``, such as ``PersonDataset``.
        identities: Identities P of a batch.
        images: Items K of an identity in a batch.
        shuffle: Whether each epoch has an order of its own; else identities and items are in
            ascending order.
        seed: Seed of the order; ``None`` draws one on rank 0 for all ranks.

    Raises:
        InputError: If the data have too few identities for one step, or none at all.
    """

    def __init__(
        self,
        dataset: _HasIdentities,
        *,
        identities: int,
        images: int,
        shuffle: bool = True,
        seed: int | None = 0,
    ) -> None:
        if min(identities, images) < 1:
            raise InputError(
                f"IdentitySampler has identities = {identities} and images = {images}; "
                "each is 1 or more"
            )
        self.index = dataset.identities()
        self.identities, self.images = identities, images
        self.shuffle = shuffle
        self.seed = broadcast_object(secrets.randbits(31)) if seed is None else seed
        self.epoch = 0
        self.rank, self.world_size = rank(), world_size()
        self._groups = -(-self.index.counts // images)
        self._steps = count_steps(self._groups, self._width)
        if not self._steps:
            raise InputError(
                f"the data have {len(self.index)} identities; IdentitySampler(identities="
                f"{identities}) needs {self._width} different ones for a step of "
                f"{self.world_size} rank(s): choose fewer"
            )

    @property
    def batch_size(self) -> int:
        """What the loader's batch size has to be."""
        return self.identities * self.images

    @property
    def _width(self) -> int:
        return self.identities * self.world_size

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch of the next pass; MMEngine's hook calls it before each."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self._steps * self.batch_size

    def __iter__(self) -> Iterator[tuple[int, int]]:
        epoch = self.epoch
        rng = None
        if self.shuffle:
            # The spawn key keeps the order's draws apart from those of any sample.
            entropy = np.random.SeedSequence((self.seed, epoch), spawn_key=(2,))
            rng = np.random.Generator(np.random.Philox(entropy))
        identity, group = schedule_groups(self._groups, self._width, rng=rng)
        identity, group = (x[:, self.rank :: self.world_size] for x in (identity, group))
        salt = None if rng is None else rng.integers(1 << 63, dtype=np.uint64)
        for start in range(0, len(identity), _STEPS_AT_ONCE):
            part = slice(start, start + _STEPS_AT_ONCE)
            rows = items_of_groups(
                self.index,
                identity[part].ravel(),
                group[part].ravel(),
                images=self.images,
                salt=salt,
            )
            yield from ((row, epoch) for row in rows.tolist())
