import os
import signal
import subprocess

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from plipdet.engine.worker_signals import leave_signals_to_parent


class Answers(Dataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        subprocess.run(["kill", "-TERM", str(os.getpid())], check=True)
        return index


@pytest.fixture
def loader():
    loader = DataLoader(Answers(), num_workers=1)
    leave_signals_to_parent(loader)
    return loader


def test_a_worker_lives_through_a_signal_of_others_from_its_first_moment(loader, monkeypatch):
    def signalled(count):  # PyTorch's worker sets it before it calls a worker_init_fn
        subprocess.run(["kill", "-TERM", str(os.getpid())], check=True)

    monkeypatch.setattr(torch, "set_num_threads", signalled)
    assert [int(batch) for batch in loader] == [0, 1]


def test_its_parent_can_end_a_worker_and_be_ended(loader):
    batches = iter(loader)
    assert int(next(batches)) == 0
    assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    (worker,) = batches._workers
    with pytest.raises(RuntimeError, match="exited unexpectedly"):
        worker.terminate()
        worker.join(10)
        next(batches)
    assert worker.exitcode == 0
