import os

import pytest
import torch
from torch.utils.data import BatchSampler, DataLoader, Dataset, IterableDataset

from plipdet.datasets import PersonSampler
from plipdet.engine.loops.data_position import where_to_go_on
from plipdet.engine.loops.loader_passes import LoaderPasses
from plipdet.errors import InputError


class Rows(Dataset):
    def __init__(self, size=13):
        self.size, self.read = size, []

    def __len__(self):
        return self.size

    def __getitem__(self, key):
        self.read.append(key)
        return key


def passes_of(size=13, batch=4, rank=0, ranks=1, **options):
    rows = Rows(size)
    sampler = PersonSampler(rows, seed=5)
    sampler.rank, sampler.world_size = rank, ranks
    loader = DataLoader(rows, batch_size=batch, sampler=sampler, collate_fn=list, **options)
    return LoaderPasses(loader)


def read(passes, number):
    return [batch for _, batch in passes.read(number)]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("stop", [1, 3, 4])
def test_the_rest_of_a_pass_is_the_rest_of_the_batches(workers, stop):
    whole = passes_of(num_workers=workers)
    batches = read(whole, 0) + read(whole, 1)
    begun, rest = passes_of(num_workers=workers), passes_of(num_workers=workers)
    first = begun.read(0)
    got = [next(first)[1] for _ in range(stop)]
    first.close()
    rest.go_to(begun.position["pass"], begun.position["batch"])
    assert got + read(rest, 0) + read(rest, 1) == batches


def test_no_picture_is_read_for_what_is_left_out():
    passes = passes_of()
    passes.go_to(0, 3)
    assert [index for index, _ in passes.read(0)] == [3]
    assert len(passes.loader.dataset.read) == 1
    assert len(passes.loader) == 4  # that of a whole pass, which hooks count with


def test_a_pass_that_is_through_is_followed_by_the_next():
    passes = passes_of()
    batches = passes.read_on()
    for _ in range(4):
        next(batches)
    assert passes.position == {"pass": 0, "batch": 4}
    next(batches)
    assert passes.position == {"pass": 1, "batch": 1}
    finished = passes_of()
    read(finished, 0)
    assert finished.position == {"pass": 1, "batch": 0}


@pytest.mark.parametrize(("ranks", "batch"), [(1, 4), (4, 2), (2, 4), (1, 8)])
def test_another_number_of_ranks_reads_each_row_of_the_pass_once(ranks, batch):
    begun = [passes_of(48, 4, rank, 2) for rank in range(2)]
    seen = []
    for passes in begun:
        first = passes.read(0)
        seen += [key for _ in range(2) for key in next(first)[1]]
    layout = {**begun[0].layout, "ranks": 2}
    state = {**begun[0].position, "layout": layout}
    for rank in range(ranks):
        passes = passes_of(48, batch, rank, ranks)
        number, here, _ = where_to_go_on(state, {**passes.layout, "ranks": ranks})
        passes.go_to(number, here)
        seen += [key for part in read(passes, 0) for key in part]
    assert sorted(seen) == [(row, 0) for row in range(48)]


def test_a_batch_sampler_is_taken_up_too():
    class Pairs(BatchSampler):
        epoch = 0

        def set_epoch(self, epoch):
            self.epoch = epoch

        def __iter__(self):
            return iter([[(row, self.epoch), (row + 1, self.epoch)] for row in range(0, 12, 2)])

    rows = Rows()
    loader = DataLoader(rows, batch_sampler=Pairs(range(12), 2, False), collate_fn=list)
    passes = LoaderPasses(loader)
    passes.go_to(1, 4)
    assert read(passes, 1) == [[(8, 1), (9, 1)], [(10, 1), (11, 1)]]
    assert not passes.layout["dealt"]


def test_the_loaders_own_generator_is_that_of_the_pass():
    whole = passes_of(generator=torch.Generator().manual_seed(3))
    start = whole.generator_state
    next(whole.read(0))
    assert torch.equal(whole.generator_state, start)  # opening the pass again draws the same
    read(whole, 0)
    assert not torch.equal(whole.generator_state, start)


def test_kept_workers_end_with_the_passes():
    passes = passes_of(num_workers=1, persistent_workers=True)
    read(passes, 0)
    worker = passes.loader._iterator._workers[0].pid
    passes.close()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


def test_a_stream_cannot_skip():
    class Stream(IterableDataset):
        def __iter__(self):
            return iter(range(6))

    passes = LoaderPasses(DataLoader(Stream(), batch_size=4))
    assert not passes.can_skip
    assert [len(batch) for batch in read(passes, 0)] == [4, 2]


def test_a_pass_without_a_batch_is_an_input_error():
    passes = passes_of(size=3, drop_last=True)
    with pytest.raises(InputError, match="gives no batch"):
        read(passes, 0)
