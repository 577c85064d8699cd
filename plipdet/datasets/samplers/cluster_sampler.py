"""ClusterSampler: so many batches of P clusters with K pictures each, whatever the clusters."""

from __future__ import annotations

import itertools
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


class _HasGroups(Protocol):
    labels: np.ndarray | None
    parts: list

    def groups(self) -> list[IdentityIndex]: ...


@DATA_SAMPLERS.register_module()
class ClusterSampler(Sampler[tuple[int, int, int]]):
    """Yields (item, epoch, label) keys; each P x K in a row are P labels with K items each.

    The loader's batch size must be P x K. How many clusters there are changes from epoch to epoch,
    so an epoch has a number of steps that does not depend on them, as schedules ask: the clusters
    come round again and again, each once before any comes twice, with items drawn anew. All ranks
    together have P x (number of ranks) different clusters in a step. Of data in several parts, as
    labelled and unlabelled ones, each part has its equal share of P.

    The order over all ranks depends on labels, seed, epoch and the number of ranks alone.

    Args:
        dataset: A data set with ``parts``, ``labels`` and ``groups()``, such as
            ``PseudoLabelledDataset``.
        identities: Clusters P of a batch.
        images: Items K of a cluster in a batch; an item is twice among them only if the cluster has
            fewer.
        steps: Batches of an epoch on each rank.
        seed: Seed of the order; ``None`` draws one on rank 0 for all ranks.

    Raises:
        InputError: If a number is less than 1, or the parts do not share P equally.
    """

    def __init__(
        self,
        dataset: _HasGroups,
        *,
        identities: int,
        images: int,
        steps: int,
        seed: int | None = 0,
    ) -> None:
        if min(identities, images, steps) < 1:
            raise InputError(
                f"ClusterSampler has identities = {identities}, images = {images} and steps = "
                f"{steps}; each is 1 or more"
            )
        if not hasattr(dataset, "groups"):
            raise InputError(
                f"ClusterSampler cannot draw from a {type(dataset).__name__}, which has no "
                "clusters; use PseudoLabelledDataset, or IdentitySampler for known identities"
            )
        if identities % len(dataset.parts):
            raise InputError(
                f"identities = {identities} of ClusterSampler; the {len(dataset.parts)} parts of "
                "the data need equal shares of it"
            )
        self.dataset = dataset
        self.identities, self.images, self.steps = identities, images, steps
        self.seed = broadcast_object(secrets.randbits(31)) if seed is None else seed
        self.epoch = 0
        self.rank, self.world_size = rank(), world_size()

    @property
    def batch_size(self) -> int:
        """What the loader's batch size has to be."""
        return self.identities * self.images

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch of the next pass; MMEngine's hook calls it before each."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.steps * self.batch_size

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        groups, epoch = self.dataset.groups(), self.epoch
        labels = self.dataset.labels
        assert labels is not None, "there are groups of them"
        share = self.identities // len(groups)
        for index in groups:
            if len(index) < share * self.world_size:
                raise InputError(
                    f"there are {len(index)} clusters or named people; ClusterSampler(identities="
                    f"{self.identities}) needs {share * self.world_size} for a step of "
                    f"{self.world_size} rank(s): choose fewer, or change eps of PseudoLabelHook"
                )
        draws = [self._draws(number, index, share) for number, index in enumerate(groups)]
        for parts in itertools.islice(zip(*draws, strict=True), self.steps):
            items = np.concatenate(parts)
            of_items = labels[items].tolist()
            yield from ((k, epoch, n) for k, n in zip(items.tolist(), of_items, strict=True))

    def _draws(self, part: int, index: IdentityIndex, share: int) -> Iterator[np.ndarray]:
        """Yield the items of a part for this rank, step by step without end, shape (share x K,)."""
        width = share * self.world_size
        for number in itertools.count():
            # The spawn key keeps the order's draws apart from those of any sample.
            entropy = np.random.SeedSequence((self.seed, self.epoch, part, number), spawn_key=(4,))
            rng = np.random.Generator(np.random.Philox(entropy))
            order = rng.permutation(len(index))
            salt = rng.integers(1 << 63, dtype=np.uint64)
            for start in range(0, len(order) - width + 1, width):
                own = order[start : start + width][self.rank :: self.world_size]
                first = np.zeros_like(own)
                yield items_of_groups(index, own, first, images=self.images, salt=salt)
