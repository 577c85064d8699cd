"""Gathering tensors over ranks, with gradient for losses and without for evaluation."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from .ranks import rank, world_size


class _GatherWithGrad(torch.autograd.Function):
    """All ranks' rows in rank order; each rank gets the sum of the gradients for its rows."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        return _gather_equal(rows)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        # Autograd may hand the same tensor to another branch, so the sum needs memory of its own.
        total = grad.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total.unflatten(0, (world_size(), -1))[rank()]


def _gather_equal(rows: Tensor) -> Tensor:
    gathered = rows.new_empty((world_size(), *rows.shape))
    dist.all_gather(list(gathered.unbind(0)), rows.contiguous())
    return gathered.flatten(0, 1)


def gather_with_grad(rows: Tensor) -> Tensor:
    """Return the rows of all ranks in rank order, differentiable.

    The gradient of a rank's rows is the *sum* over the ranks' losses. When DDP then averages the
    parameters' gradients, a loss that is the mean over each rank's own anchors has the gradient
    of one process on the joined batch.

    Args:
        rows: Rows of this rank, the same number on every rank, shape (B, ...).

    Returns:
        Tensor of shape (N, ...), N = B x world size; ``rows`` itself on one rank.
    """
    if world_size() == 1:
        return rows
    if not rows.is_floating_point():
        return _gather_equal(rows)
    return _GatherWithGrad.apply(rows)


def gather_rows(rows: Tensor) -> Tensor:
    """Return the rows of all ranks in rank order, without gradient.

    Args:
        rows: Rows of this rank; ranks may have different numbers of them, shape (B, ...).
    """
    if world_size() == 1:
        return rows
    counts = [torch.zeros(1, dtype=torch.int64, device=rows.device) for _ in range(world_size())]
    dist.all_gather(counts, torch.tensor([len(rows)], device=rows.device))
    most = int(torch.cat(counts).max())
    padded = rows.new_zeros((most, *rows.shape[1:]))
    padded[: len(rows)] = rows.detach()
    as_bytes = padded.to(torch.uint8) if padded.dtype == torch.bool else padded
    gathered = [torch.empty_like(as_bytes) for _ in counts]
    dist.all_gather(gathered, as_bytes)
    joined = [g[: int(n)] for g, n in zip(gathered, counts, strict=True)]
    return torch.cat(joined).to(rows.dtype)


def gather_uneven_with_grad(rows: Tensor) -> Tensor:
    """Return the rows of all ranks in rank order, differentiable; see :func:`gather_with_grad`.

    Args:
        rows: Rows of this rank; ranks may have different numbers of them, shape (B, ...).
    """
    if world_size() == 1:
        return rows
    counts = gather_rows(torch.tensor([len(rows)], device=rows.device)).tolist()
    most = max(counts)
    padding = rows.new_zeros((most - len(rows), *rows.shape[1:]))
    gathered = gather_with_grad(torch.cat([rows, padding]))
    return torch.cat([gathered[i * most : i * most + n] for i, n in enumerate(counts)])
