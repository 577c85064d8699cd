"""Decisions that all ranks take alike."""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor

from .ranks import world_size


def any_rank(flags: Tensor) -> Tensor:
    """Return which flags are set on at least one rank; every rank must call it.

    One small all-reduce that the host does not wait for.

    Args:
        flags: Of this rank, bool, on the device that collectives use, shape (F,).

    Returns:
        Bool tensor of shape (F,), the same on every rank.
    """
    if world_size() == 1:
        return flags
    votes = flags.to(torch.uint8)  # NCCL has no bool
    dist.all_reduce(votes, op=dist.ReduceOp.MAX)
    return votes.bool()
