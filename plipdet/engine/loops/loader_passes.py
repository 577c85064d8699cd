"""LoaderPasses: passes over a loader whose position can be kept and taken up again."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import nullcontext
from typing import Any

import torch
from mmengine.dataset import DefaultSampler
from torch.utils.data import BatchSampler, DataLoader, IterableDataset

from plipdet.datasets import PersonSampler
from plipdet.distributed import world_size
from plipdet.engine.training_state import untouched_randomness
from plipdet.errors import InputError

from .batches_from import BatchesFrom


class LoaderPasses:
    """Reads a loader again and again; the first time from where a former run stopped.

    The samplers must be functions of seed and epoch alone, as ours are.

    Args:
        loader: Its batch sampler is replaced by one that can leave out the first batches.
    """

    def __init__(self, loader: DataLoader) -> None:
        self.loader = loader
        self.number = 0
        self.batch = 0
        self._finished = False
        self._generator_at_start: torch.Tensor | None = None
        self._batches: BatchesFrom | None = None
        if not isinstance(loader.dataset, IterableDataset):
            self._batches = _skippable(loader)

    def read(self, number: int) -> Generator[tuple[int, Any], None, None]:
        """Yield (index, batch) of a pass, the rest of it when it had been begun.

        Close the generator where it is not read to its end, so that its workers end then.

        Args:
            number: The pass, from 0; the samplers take it as their epoch.

        Raises:
            InputError: If the pass holds no batch.
        """
        if number != self.number or self._finished:
            self.number, self.batch, self._finished = number, 0, False
        for batch in self._open(self.batch):
            self.batch += 1
            yield self.batch - 1, batch
        if not self.batch:
            raise InputError("the training loader gives no batch; check its sampler")
        self._finished = True

    def read_on(self) -> Generator[tuple[int, Any], None, None]:
        """Yield (index, batch) of this pass and all later ones, without end."""
        while True:
            yield from self.read(self.number + self._finished)

    def close(self) -> None:
        """End the workers that the loader keeps between passes.

        Left to Python's garbage collector, which closes their queues first, each takes 5 s to end.
        """
        self.loader._iterator = None

    def _open(self, first: int) -> Iterator[Any]:
        if self._batches is not None:
            self._batches.start = first
            inner = self._batches.batches
            for sampler in {id(s): s for s in _samplers(self.loader, inner)}.values():
                sampler.set_epoch(self.number)
        generator = self.loader.generator
        if generator is not None:
            self._generator_at_start = generator.get_state()
        # What a begun pass drew from the global generators belongs to the run before.
        with untouched_randomness() if first else nullcontext():
            return iter(self.loader)

    @property
    def position(self) -> dict[str, int]:
        """The pass to go on with, and how many of its batches each rank has got."""
        if self._finished:
            return {"pass": self.number + 1, "batch": 0}
        return {"pass": self.number, "batch": self.batch}

    def go_to(self, number: int, batch: int) -> None:
        """Go on at a :attr:`position` of a former run."""
        self.number, self.batch, self._finished = number, batch, False

    @property
    def generator_state(self) -> torch.Tensor | None:
        """State of the loader's own generator to go on with; ``None`` if it has none."""
        generator = self.loader.generator
        if generator is None:
            return None
        begun = self.batch and not self._finished
        return self._generator_at_start if begun else generator.get_state()

    @generator_state.setter
    def generator_state(self, state: torch.Tensor | None) -> None:
        if state is not None and self.loader.generator is not None:
            self.loader.generator.set_state(state)

    @property
    def can_skip(self) -> bool:
        """Whether a pass can be taken up in its middle."""
        return self._batches is not None

    @property
    def layout(self) -> dict[str, Any]:
        """What a position depends on, and whether rows are dealt to the ranks one by one."""
        inner = None if self._batches is None else self._batches.batches
        dealt = type(inner) is BatchSampler and isinstance(inner.sampler, _DEALERS)
        return {
            "batches": len(self.loader),
            "batch_size": self.loader.batch_size,
            "ranks": world_size(),
            "items": len(self.loader.dataset),  # type: ignore[arg-type]
            "dealt": dealt,
        }


_DEALERS = (PersonSampler, DefaultSampler)


def _skippable(loader: DataLoader) -> BatchesFrom:
    """Return the loader's batch sampler, wrapped in place unless it is already."""
    name = "sampler" if loader.batch_sampler is None else "batch_sampler"
    inner = getattr(loader, name)
    if isinstance(inner, BatchesFrom):
        return inner
    wrapped = BatchesFrom(inner)
    # DataLoader refuses the assignment for the sake of iterators that are under way; there is
    # none yet, and a new loader would lose the class and options of this one.
    object.__setattr__(loader, name, wrapped)
    return wrapped


def _samplers(loader: DataLoader, inner: Any) -> Iterator[Any]:
    for sampler in (loader.sampler, inner, getattr(inner, "sampler", None)):
        if hasattr(sampler, "set_epoch"):
            yield sampler
