"""Random numbers of an item by arithmetic alone: the same for one item and for many at a time."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

_WORD = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15  # odd, so that no two items share a place


def mixed(x: Any) -> Any:
    """Return a number that looks random: SplitMix64's finaliser, Steele et al., OOPSLA 2014.

    Args:
        x: An int from 0 to 2**64 - 1, or a uint64 array.
    """
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & _WORD
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & _WORD
    return x ^ (x >> 31)


def item_draws(seed: int, epoch: int, item: Any, *, stream: int = 0) -> tuple[Any, Any]:
    """Return two numbers in [0, 1) that depend on seed, epoch and item alone.

    Args:
        seed: Of the data set, not negative.
        epoch: Of training, not negative.
        item: Index of an item, or a uint64 array of them; the draws are such too.
        stream: Those of another stream are other numbers.
    """
    place = item * _STEP & _WORD
    first, second = [mixed(place + salt & _WORD) for salt in _salts(seed, epoch, stream)]
    return (first >> 11) * 2.0**-53, (second >> 11) * 2.0**-53


@lru_cache(maxsize=16)
def _salts(seed: int, epoch: int, stream: int) -> tuple[int, int]:
    """Return where an epoch's two draws of a stream begin."""
    of_epoch = mixed(mixed(seed * _STEP & _WORD) + epoch * _STEP & _WORD)
    return mixed(of_epoch ^ 2 * stream + 1), mixed(of_epoch ^ 2 * stream + 2)
