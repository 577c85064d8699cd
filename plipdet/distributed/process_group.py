"""Starting and ending the process group, on GPUs and on CPUs.

MMEngine's own ``init_dist`` selects a CUDA device first and so cannot start on a CPU.
"""

from __future__ import annotations

import datetime
import os
import subprocess

import torch
import torch.distributed as dist

from plipdet.errors import InputError

from .ranks import is_active

LAUNCHERS = ("none", "pytorch", "slurm", "mpi")
_PORT = "29500"


def start_process_group(
    launcher: str, *, backend: str | None = None, timeout: float | None = None
) -> None:
    """Join the group that the launcher's environment variables describe.

    Args:
        launcher: "pytorch" (torchrun), "slurm" (srun) or "mpi" (Open MPI's mpirun).
        backend: "nccl" or "gloo"; ``None`` is NCCL with a GPU and gloo without. NCCL without a
            GPU becomes gloo, so one config serves both.
        timeout: Longest wait of a collective, s; ``None`` is PyTorch's default.

    Raises:
        InputError: If the launcher did not start this process, or a rank would have no GPU.
    """
    if is_active():
        return
    read = {"pytorch": _from_torchrun, "slurm": _from_slurm, "mpi": _from_mpi}.get(launcher)
    if read is None:
        raise InputError(f"unknown launcher {launcher!r}; one of {LAUNCHERS}")
    os.environ.update(read())
    gpu = torch.cuda.is_available()
    if gpu:
        _select_gpu(int(os.environ["LOCAL_RANK"]))
    if backend is None or (backend == "nccl" and not gpu):
        backend = "nccl" if gpu else "gloo"
    wait = None if timeout is None else datetime.timedelta(seconds=timeout)
    dist.init_process_group(backend=backend, timeout=wait)


def end_process_group() -> None:
    """Wait for all ranks, then leave the group; without the wait, teardown aborts now and then."""
    if is_active():
        dist.barrier()
        dist.destroy_process_group()


def _select_gpu(local_rank: int) -> None:
    if local_rank >= torch.cuda.device_count():
        raise InputError(
            f"local rank {local_rank} has no GPU: this machine has {torch.cuda.device_count()}; "
            "start at most one process per GPU"
        )
    torch.cuda.set_device(local_rank)


def _need(names: list[str], launcher: str, remedy: str) -> None:
    missing = [name for name in names if name not in os.environ]
    if missing:
        raise InputError(
            f"--launcher {launcher} needs the environment variables {', '.join(missing)}; {remedy}"
        )


def _from_torchrun() -> dict[str, str]:
    names = ["RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"]
    _need(
        names,
        "pytorch",
        "torchrun sets them: start with 'bash tools/dist_train.sh CONFIG GPUS' or "
        "'bash tools/dist_test.sh CONFIG CHECKPOINT GPUS', or leave --launcher out",
    )
    return {}


def _from_slurm() -> dict[str, str]:
    _need(
        ["SLURM_PROCID", "SLURM_NTASKS", "SLURM_NODELIST"],
        "slurm",
        "srun sets them: start with 'bash tools/slurm_train.sh PARTITION JOB CONFIG WORK_DIR'",
    )
    env = os.environ
    local = env.get("SLURM_LOCALID")
    if local is None:
        local = str(int(env["SLURM_PROCID"]) % max(1, torch.cuda.device_count()))
    host = env.get("MASTER_ADDR")
    if host is None:
        hosts = subprocess.run(
            ["scontrol", "show", "hostnames", env["SLURM_NODELIST"]],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        host = hosts[0]
    return {
        "RANK": env["SLURM_PROCID"],
        "LOCAL_RANK": local,
        "WORLD_SIZE": env["SLURM_NTASKS"],
        "MASTER_ADDR": host,
        "MASTER_PORT": env.get("MASTER_PORT", _PORT),
    }


def _from_mpi() -> dict[str, str]:
    ours = {
        "RANK": "OMPI_COMM_WORLD_RANK",
        "LOCAL_RANK": "OMPI_COMM_WORLD_LOCAL_RANK",
        "WORLD_SIZE": "OMPI_COMM_WORLD_SIZE",
    }
    _need(
        [*ours.values(), "MASTER_ADDR"],
        "mpi",
        "mpirun of Open MPI sets the first three; export MASTER_ADDR yourself",
    )
    values = {name: os.environ[theirs] for name, theirs in ours.items()}
    return {**values, "MASTER_PORT": os.environ.get("MASTER_PORT", _PORT)}
