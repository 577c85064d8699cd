"""Activation checkpointing that leaves no trace: the same gradients, the same batch statistics."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.utils.checkpoint import checkpoint


def recompute(block: nn.Module, *inputs: Any) -> Any:
    """Return ``block(*inputs)``, keeping of it only the inputs for the backward pass.

    What lies between is computed again there, with the same random numbers (dropout) and without
    updating the running statistics of batch norms a second time, which PyTorch's own checkpointing
    does.

    Args:
        block: Depends on its inputs and weights alone.
        inputs: Its arguments.
    """
    if not torch.is_grad_enabled():
        return block(*inputs)
    if torch.compiler.is_compiling():  # the compiler writes the statistics once by itself
        return checkpoint(block, *inputs, use_reentrant=False)

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), _unchanged_statistics(block)

    return checkpoint(block, *inputs, use_reentrant=False, context_fn=contexts)


def has_running_statistics(module: nn.Module) -> bool:
    """Return whether a forward pass in training mode changes statistics of the module."""
    return bool(_tracking_norms(module))


def _tracking_norms(module: nn.Module) -> list[_NormBase]:
    return [m for m in module.modules() if isinstance(m, _NormBase) and m.track_running_stats]


@contextmanager
def _unchanged_statistics(block: nn.Module) -> Iterator[None]:
    # The buffers themselves must stay in place: the first pass saved them for the backward pass.
    norms = _tracking_norms(block)
    kept = [(norm.momentum, norm.num_batches_tracked) for norm in norms]
    for norm in norms:
        norm.momentum, norm.num_batches_tracked = 0.0, None
    try:
        yield
    finally:
        for norm, (momentum, count) in zip(norms, kept, strict=True):
            norm.momentum, norm.num_batches_tracked = momentum, count
