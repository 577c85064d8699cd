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


def test_many_at_once_are_as_each_alone():
    step = RandomHorizontalFlip(0.5)
    samples = [{"sample": (3, 2, n), "other": n} for n in range(50)]
    alone = [step({**results}) for results in samples]
    assert step.transform_all([{**results} for results in samples]) == alone
    mixed = [{"sample": (3, n % 2, n)} for n in range(50)]
    assert step.transform_all([{**r} for r in mixed]) == [step({**r}) for r in mixed]
    twice = [step({**results}) for results in alone]
    assert step.transform_all(alone) == twice
