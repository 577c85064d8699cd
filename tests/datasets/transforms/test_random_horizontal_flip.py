import numpy as np
import pytest

from plipdet.datasets.transforms import RandomHorizontalFlip
from plipdet.errors import InputError

IMAGE = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)


def flip(prob, rng):
    return RandomHorizontalFlip(prob)({"img": IMAGE, "rng": rng})["img"]


def test_always_and_never():
    rng = np.random.default_rng(0)
    assert (flip(1.0, rng) == IMAGE[:, ::-1]).all()
    assert (flip(0.0, rng) == IMAGE).all()


def test_as_often_as_told():
    rng = np.random.default_rng(0)
    flipped = sum((flip(0.25, rng) != IMAGE).any() for _ in range(2000))
    assert abs(flipped / 2000 - 0.25) < 0.05


def test_a_wrong_probability():
    with pytest.raises(InputError, match="prob = 2"):
        RandomHorizontalFlip(2)
