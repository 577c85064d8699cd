"""Who am I among the ranks; one process without a group is rank 0 of 1."""

from __future__ import annotations

from typing import TypeVar

import torch.distributed as dist

T = TypeVar("T")


def is_active() -> bool:
    """Return whether a process group exists."""
    return dist.is_available() and dist.is_initialized()


def rank() -> int:
    """Return the rank of this process, from 0."""
    return dist.get_rank() if is_active() else 0


def world_size() -> int:
    """Return the number of ranks."""
    return dist.get_world_size() if is_active() else 1


def is_main() -> bool:
    """Return whether this is rank 0, which alone writes files and prints."""
    return rank() == 0


def barrier() -> None:
    """Wait until all ranks are here."""
    if is_active():
        dist.barrier()


def broadcast_object(value: T) -> T:
    """Return rank 0's value on all ranks; the value travels pickled between our own processes."""
    if not is_active():
        return value
    box = [value]
    dist.broadcast_object_list(box, src=0)
    return box[0]
