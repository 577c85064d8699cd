import numpy as np
import pytest

from plipdet.datasets.transforms import RandomHorizontalFlip
from plipdet.errors import InputError


def flip(prob, sample=(0, 0, 0), **results):
    return RandomHorizontalFlip(prob)({"sample": sample, **results})["flip"]


def test_always_and_never():
    assert flip(1.0) is True
    assert flip(0.0) is False


def test_twice_is_not_at_all():
    assert flip(1.0, flip=True) is False
    assert flip(0.0, flip=True) is True


def test_as_often_as_told():
    once = [flip(0.25, (3, 1, n)) for n in range(4000)]
    assert abs(np.mean(once) - 0.25) < 0.03
    again = [flip(0.25, (3, 1, n), flip=done) for n, done in enumerate(once)]
    assert abs(np.mean(again) - 2 * 0.25 * 0.75) < 0.03  # the second draw is another one


def test_each_epoch_and_seed_has_its_own():
    found = {key: [flip(0.5, (*key, n)) for n in range(64)] for key in [(0, 0), (0, 1), (1, 0)]}
    assert len({tuple(flips) for flips in found.values()}) == 3


def test_a_wrong_probability():
    with pytest.raises(InputError, match="prob = 2"):
        RandomHorizontalFlip(2)
