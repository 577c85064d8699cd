"""Randomness of one sample: a function of seed, epoch and row, never of the worker."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


def sample_generator(seed: int, *, epoch: int, row: int) -> np.random.Generator:
    """Return the generator of one sample; the three numbers are not negative."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence((seed, epoch, row))))


@contextmanager
def seeded_globals(rng: np.random.Generator) -> Iterator[None]:
    """Seed ``random`` and ``numpy.random`` from ``rng`` inside, and restore both after.

    Stock mmcv transforms draw from these two; without this their draws would depend on the number
    of workers, and without restoring, a loader in the main process would reset everybody's.
    """
    python_state, numpy_state = random.getstate(), np.random.get_state()
    seeds = rng.integers(0, 2**32, size=2, dtype=np.uint64)
    random.seed(int(seeds[0]))
    np.random.seed(int(seeds[1]))
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
