import numpy as np
import pytest

from plipdet.datasets.transforms import RandomHorizontalFlip
from plipdet.errors import InputError


def flip(prob, rng, **results):
    return RandomHorizontalFlip(prob)({"rng": rng, **results})["flip"]


def test_always_and_never():
    rng = np.random.default_rng(0)
    assert flip(1.0, rng) is True
    assert flip(0.0, rng) is False


def test_twice_is_not_at_all():
    rng = np.random.default_rng(0)
    assert flip(1.0, rng, flip=True) is False
    assert flip(0.0, rng, flip=True) is True


def test_as_often_as_told():
    rng = np.random.default_rng(0)
    flipped = sum(flip(0.25, rng) for _ in range(2000))
    assert abs(flipped / 2000 - 0.25) < 0.05


def test_a_wrong_probability():
    with pytest.raises(InputError, match="prob = 2"):
        RandomHorizontalFlip(2)
