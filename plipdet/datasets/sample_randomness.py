"""Randomness of one sample: a function of seed, epoch and row, never of the worker."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.utils.data import get_worker_info

_MASK = (1 << 64) - 1
# Making a generator costs ten times as much as setting one, so those not in use are kept. There
# are several only where a transform reads another sample while its own is being made.
_idle: list[np.random.Generator] = []


@contextmanager
def sample_randomness(seed: int, *, epoch: int, row: int) -> Iterator[np.random.Generator]:
    """Yield the generator of one sample, for use inside the block only.

    It is a Philox stream with seed and row as its key and the epoch in the top word of its
    counter (Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011): streams of
    different samples do not overlap. Inside, ``numpy.random`` draws from it too, and ``random``
    and PyTorch's CPU generator are seeded from it, as transforms of other packages draw from
    these. Outside of a loader's worker they are afterwards as they were.

    Args:
        seed: Of the data set.
        epoch: Of training, not negative.
        row: Index of the sample, not negative.
    """
    rng = _idle.pop() if _idle else np.random.Generator(np.random.Philox(0))
    bits = rng.bit_generator
    bits.state = _philox_state(seed, epoch, row)
    in_worker = get_worker_info() is not None  # where nothing else draws from the generators
    before = None if in_worker else (random.getstate(), torch.default_generator.get_state())
    numpy_stream = np.random.get_bit_generator()  # type: ignore[attr-defined]
    random.seed(bits.random_raw())
    # Not torch.manual_seed, which seeds GPUs as well and takes a hundred times as long.
    torch.default_generator.manual_seed(bits.random_raw() >> 1)
    # Far cheaper than saving, seeding and restoring numpy's 2.5 kB of global state; what is lost
    # outside is at most the second half of a pair of normal numbers drawn before.
    np.random.set_bit_generator(bits)  # type: ignore[attr-defined]
    try:
        yield rng
    finally:
        np.random.set_bit_generator(numpy_stream)  # type: ignore[attr-defined]
        if before is not None:
            random.setstate(before[0])
            torch.default_generator.set_state(before[1])
        _idle.append(rng)


def _philox_state(seed: int, epoch: int, row: int) -> dict[str, Any]:
    return {
        "bit_generator": "Philox",
        "state": {
            "counter": np.array((0, 0, 0, epoch & _MASK), np.uint64),
            "key": np.array((seed & _MASK, row & _MASK), np.uint64),
        },
        "buffer": _NO_BUFFER,
        "buffer_pos": 4,  # nothing left of it
        "has_uint32": 0,
        "uinteger": 0,
    }


_NO_BUFFER = np.zeros(4, np.uint64)
