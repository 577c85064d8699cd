"""What a DataLoader worker costs in memory that it shares with nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from typing import Any

import numpy as np
from torch.utils.data import DataLoader, Dataset, Sampler

_BATCH = 1000
_MEASURE = -1  # the key at which a worker reads its own memory


def private_memory() -> dict[str, float]:
    """Return the memory that this process shares with none, MB.

    ``dirty`` is its own; ``clean`` are pages of files that just now no other process has mapped,
    which the system may drop.
    """
    sizes = dict.fromkeys(("Private_Dirty:", "Private_Clean:"), 0)
    with open("/proc/self/smaps_rollup") as file:
        for line in file:
            name, *rest = line.split()
            if name in sizes:
                sizes[name] += int(rest[0])
    dirty, clean = (kilobytes / 1024 for kilobytes in sizes.values())
    return {"dirty": dirty, "clean": clean}


class Probe(Dataset):
    """Passes keys on to a data set and drops what it gives; measures when asked to.

    Args:
        dataset: Read at each key; ``None`` for an empty worker, which reads nothing.
    """

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    def __getitem__(self, key: int) -> dict[str, float] | None:
        if key == _MEASURE:
            return private_memory()
        if self.dataset is not None:
            self.dataset[key]
        return None


class Batches(Sampler[list[int]]):
    """Random items for each worker, and at last one batch for each in which it measures itself."""

    def __init__(self, size: int, *, workers: int, reads: int) -> None:
        self.size, self.workers = size, workers
        self.batches = workers * -(-reads // _BATCH)

    def __iter__(self) -> Iterator[list[int]]:
        rng = np.random.default_rng(0)
        for _ in range(self.batches):
            yield rng.integers(self.size, size=_BATCH).tolist()
        # Batches go to the workers in turn.
        yield from [[_MEASURE]] * self.workers

    def __len__(self) -> int:
        return self.batches + self.workers


def worker_memory(
    dataset: Sized | None, size: int, *, workers: int, reads: int, context: str
) -> list[dict[str, float]]:
    """Return the private memory of each worker after its reads.

    Args:
        dataset: What the workers read, ``None`` for workers that hold no data.
        size: Number of items to draw from.
        workers: Number of workers.
        reads: Random items that each reads.
        context: ``fork`` or ``spawn``.
    """
    loader = DataLoader(
        Probe(dataset),
        batch_sampler=Batches(size, workers=workers, reads=reads),
        num_workers=workers,
        collate_fn=_measured,
        multiprocessing_context=context,
    )
    return [found for found in loader if found is not None]


def _measured(results: list[Any]) -> Any:
    return results[0]
