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
    """Let ``numpy.random`` draw from ``rng``'s stream inside, and seed ``random`` from it.

    Stock mmcv transforms draw from these two; without this their draws would depend on the number
    of workers, and without restoring them a loader in the main process would reset everybody's.
    """
    python_state = random.getstate()
    numpy_stream = np.random.get_bit_generator()  # type: ignore[attr-defined]
    random.seed(int(rng.integers(2**63)))
    # Ten times cheaper than saving, seeding and restoring numpy's 2.5 kB of global state; what is
    # lost outside is at most the second half of a pair of normal numbers drawn before.
    np.random.set_bit_generator(rng.bit_generator)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_bit_generator(numpy_stream)  # type: ignore[attr-defined]
