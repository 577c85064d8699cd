import socket

import pytest
import torch
import torch.distributed as dist

from plipdet.distributed import process_group as group
from plipdet.distributed import rank, world_size
from plipdet.errors import InputError

NAMES = (
    "RANK LOCAL_RANK WORLD_SIZE MASTER_ADDR MASTER_PORT SLURM_PROCID SLURM_NTASKS SLURM_NODELIST "
    "SLURM_LOCALID OMPI_COMM_WORLD_RANK OMPI_COMM_WORLD_LOCAL_RANK OMPI_COMM_WORLD_SIZE"
).split()


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch):
    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that what the code sets is undone
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("launcher", "parts"),
    [
        ("pytorch", ["RANK", "bash tools/dist_train.sh"]),
        ("slurm", ["SLURM_PROCID", "srun"]),
        ("mpi", ["OMPI_COMM_WORLD_RANK", "MASTER_ADDR"]),
        ("ray", ["unknown launcher 'ray'"]),
    ],
)
def test_process_that_no_launcher_started_is_told_so(launcher, parts):
    with pytest.raises(InputError) as caught:
        group.start_process_group(launcher)
    assert all(part in str(caught.value) for part in parts)


def test_slurm_and_mpi_variables_become_torchs(monkeypatch):
    monkeypatch.setenv("MASTER_ADDR", "node1")
    for name, value in (("PROCID", "3"), ("NTASKS", "8"), ("NODELIST", "n[1-2]"), ("LOCALID", "1")):
        monkeypatch.setenv(f"SLURM_{name}", value)
    assert group._from_slurm() == {
        "RANK": "3", "LOCAL_RANK": "1", "WORLD_SIZE": "8",
        "MASTER_ADDR": "node1", "MASTER_PORT": "29500",
    }  # fmt: skip
    monkeypatch.setenv("MASTER_PORT", "1234")
    for name, value in (("RANK", "2"), ("LOCAL_RANK", "0"), ("SIZE", "4")):
        monkeypatch.setenv(f"OMPI_COMM_WORLD_{name}", value)
    assert group._from_mpi() == {
        "RANK": "2", "LOCAL_RANK": "0", "WORLD_SIZE": "4", "MASTER_PORT": "1234",
    }  # fmt: skip


@pytest.mark.skipif(torch.cuda.is_available(), reason="with a GPU the group is NCCL's")
def test_nccl_becomes_gloo_without_a_gpu(monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    values = {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "MASTER_PORT": port}
    for name, value in {**values, "MASTER_ADDR": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    group.start_process_group("pytorch", backend="nccl", timeout=30)
    group.start_process_group("pytorch")  # joining twice is joining once
    assert dist.get_backend() == "gloo" and (rank(), world_size()) == (0, 1)
    group.end_process_group()
    group.end_process_group()
    assert not dist.is_initialized()
