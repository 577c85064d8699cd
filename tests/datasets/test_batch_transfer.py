import gc
import os
import pickle
from collections import namedtuple
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from plipdet.datasets import collate, shared_buffers
from plipdet.datasets.batch_transfer import buffers
from plipdet.datasets.known_memory import KnownMemory
from plipdet.datasets.shared_buffers import SentBuffer, SharedBuffers, received
from plipdet.errors import InputError
from plipdet.structures import PersonBatch, PersonRow


class Pictures(Dataset):
    def __init__(self, count, dtype=np.uint8):
        self.count, self.dtype = count, dtype

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return {
            "index": index,
            "row": PersonRow(f"{index}.jpg", person_id=index // 2),
            "img": np.random.default_rng(index).integers(0, 256, (8, 4, 3)).astype(self.dtype),
            "token_ids": np.arange(index % 5),
            "token_mask": np.ones(index % 5, bool),
            "pad_id": 0,
            "flip": index % 2 == 0,
        }


def equal(one, other):
    for name in PersonBatch.__dataclass_fields__:
        a, b = getattr(one, name), getattr(other, name)
        if a is None or b is None:
            assert a is b, name
        else:
            assert a.dtype == b.dtype and a.stride() == b.stride() and torch.equal(a, b), name
    return True


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_batches_that_are_kept_stay_as_they_were(dtype):
    dataset = Pictures(210, dtype)
    here = list(DataLoader(dataset, 4, collate_fn=collate))
    sent = list(DataLoader(dataset, 4, collate_fn=collate, num_workers=2))
    assert len(here) == len(sent) == 53 and all(map(equal, here, sent))
    sent[3].images.zero_()  # the loader's own, to write to as well


def count_buffers(samples):
    batch = collate(samples)
    return batch.replace(camera_ids=torch.tensor([len(buffers._buffers)]))


@pytest.mark.parametrize("persistent", [False, True])
def test_few_buffers_do_for_many_batches(persistent):
    dataset = Pictures(160)
    loader = DataLoader(
        dataset, 4, collate_fn=count_buffers, num_workers=1, persistent_workers=persistent
    )
    for _ in range(2):
        counts = [batch.camera_ids.item() for batch in loader]
        assert len(counts) == 40 and max(counts) <= 5  # 2 prefetched, 1 here, 2 on the way


@pytest.fixture
def pair():
    """Sends memory to where it came from, as pickling does between processes."""
    sender, known = SharedBuffers(), KnownMemory()

    def send(tensor):
        sent = sender.send(tensor)
        return None if sent is None else received(known.of((os.getpid(), b""), sent))

    return sender, send


def test_a_buffer_is_free_when_no_view_of_it_is_left(pair):
    sender, send = pair
    taken = torch.from_numpy(sender.take(100))
    taken.fill_(7)
    place = taken.data_ptr()
    there = send(taken)
    view = there[10:20]
    del there
    assert sender.take(100).ctypes.data != place and (view == 7).all()
    del view
    assert sender.take(100).ctypes.data == place


def test_a_buffer_is_sent_once(pair):
    sender, send = pair
    taken = torch.from_numpy(sender.take(10))
    assert send(torch.zeros(10)) is None
    held = send(taken)
    assert held is not None and send(taken) is None


def test_buffers_of_the_wrong_size_are_given_back(pair):
    sender, send = pair
    small = [torch.from_numpy(sender.take(10)) for _ in range(3)]
    assert len(sender._buffers) == 3
    del [send(t) for t in small][:]
    gc.collect()
    large = sender.take(1000)
    assert len(large) == 1000 and len(sender._buffers) == 1
    assert len(sender.take(5)) == 5


def test_no_more_buffers_are_kept_than_a_loader_needs(pair):
    sender, _ = pair
    taken = [sender.take(10) for _ in range(40)]
    assert len({t.ctypes.data for t in taken}) == 40
    assert len(sender._buffers) == shared_buffers._MOST


def test_a_buffer_that_is_never_sent_is_free_again(pair):
    sender, send = pair
    taken = sender.take(100)
    view, place = taken.reshape(10, 10)[2:], taken.ctypes.data
    del taken
    assert sender.take(100).ctypes.data != place
    del view
    again = torch.from_numpy(sender.take(100))
    assert again.data_ptr() == place
    held = send(again)
    del again  # sent: what becomes of it here does not matter
    assert sender.take(100).ctypes.data != place
    del held
    assert sender.take(100).ctypes.data == place


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_forked_process_frees_nothing(pair):
    sender, send = pair
    held = send(torch.from_numpy(sender.take(10)))
    child = os.fork()
    if child == 0:
        del held
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert next(iter(sender._buffers.values())).view[-1] == shared_buffers._SENT


def test_too_little_shared_memory_is_named(pair, monkeypatch, tmp_path):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shared_buffers, "_SHARED_FILES", tmp_path)
    monkeypatch.setattr(shared_buffers.shutil, "disk_usage", lambda place: usage(64_000_000))
    with pytest.raises(InputError, match=r"80 MB of shared memory and .* 64 MB; .*--shm-size"):
        pair[0].take(80_000_000)


def test_other_pickles_are_as_they_were():
    batch = collate([Pictures(3)[i] for i in range(3)])
    assert equal(batch, pickle.loads(pickle.dumps(batch)))
    large = PersonBatch(torch.arange(40_000), images=torch.rand(2, 3, 4, 4))
    assert equal(large, pickle.loads(ForkingPickler.dumps(large)))


def test_a_buffer_crosses_once_and_is_known_afterwards():
    sender, known, here = SharedBuffers(), KnownMemory(), (os.getpid(), b"1")
    crossed = []
    for value in range(4):
        taken = torch.from_numpy(sender.take(10)).fill_(value)
        sent = sender.send(taken)
        crossed.append(sent.memory is not None)
        there = received(known.of(here, sent))
        assert (there[:10] == value).all()
        del taken, there
    assert crossed == [True, False, False, False]


def test_what_a_worker_drops_and_what_a_dead_one_had_is_forgotten():
    known, here, dead = KnownMemory(), (os.getpid(), b"1"), (2**22 + 1, b"2")
    memory = torch.zeros(3, dtype=torch.uint8)
    known.of(dead, SentBuffer(0, memory, (0,)))
    known.of(here, SentBuffer(0, memory, (0,)))
    assert list(known._of) == [here]
    known.of(here, SentBuffer(1, memory, (0, 1)))
    known.of(here, SentBuffer(2, memory, (2,)))
    assert list(known._of[here]) == [2]
    known.of((os.getpid(), b"3"), SentBuffer(0, memory, (0,)))  # the number of a process, reused
    assert len(known._of) == 2
    known.forget()
    assert not known._of
