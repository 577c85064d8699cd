import itertools
import random

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from plipdet.datasets.sample_randomness import sample_randomness


def draws(seed, epoch, row):
    with sample_randomness(seed, epoch=epoch, row=row) as rng:
        torch_number = torch.rand(1, dtype=torch.float64).item()
        return rng.bytes(8), np.random.rand(), random.random(), torch_number


def test_every_sample_has_streams_of_its_own():
    keys = list(itertools.product((0, 1, 2, 2**32 - 1), range(3), (0, 1, 2, 4_791_710)))
    drawn = [draws(*key) for key in keys]
    for stream in zip(*drawn, strict=True):
        assert len(set(stream)) == len(keys)
    assert [draws(*key) for key in keys] == drawn


def test_streams_are_uniform_over_rows():
    first = np.array([draws(0, 1, row)[1] for row in range(4000)])
    counts = np.histogram(first, bins=20, range=(0, 1))[0]
    assert ((counts - 200) ** 2 / 200).sum() < 43.8  # chi-square with 19 degrees, p = 0.001
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 0.06


def test_samples_may_be_nested():
    with sample_randomness(0, epoch=0, row=1) as rng:
        alone = rng.bytes(8), rng.bytes(8), np.random.rand()
    with sample_randomness(0, epoch=0, row=1) as rng:
        first = rng.bytes(8)
        inner = draws(0, 0, 2)
        nested = first, rng.bytes(8), np.random.rand()
    assert nested == alone and inner == draws(0, 0, 2)


def test_generators_are_left_as_they_were_also_after_an_error():
    def state():
        return random.random(), np.random.rand(), torch.rand(1).item()

    def seed():
        random.seed(3)
        np.random.seed(3)
        torch.manual_seed(3)

    seed()
    expected = state()
    seed()
    with pytest.raises(KeyError), sample_randomness(1, epoch=2, row=3):
        state()
        raise KeyError
    assert state() == expected


class Drawn(Dataset):
    def __len__(self):
        return 6

    def __getitem__(self, row):
        return (row, *draws(5, 1, row))


def test_workers_draw_the_same():
    here = [Drawn()[row] for row in range(6)]
    loader = DataLoader(Drawn(), batch_size=None, num_workers=2)
    assert [tuple(sample) for sample in loader] == here
