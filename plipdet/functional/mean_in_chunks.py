"""The mean of a loss over anchors, a few of them at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

AnchorLoss = Callable[[Tensor, Tensor, Tensor], Tensor]


def mean_in_chunks(
    loss: AnchorLoss,
    anchors: Tensor,
    candidates: Tensor,
    anchor_ids: Tensor,
    *,
    chunk: int | None,
) -> Tensor:
    """Return ``loss(anchors, candidates, anchor_ids)`` with the memory of ``chunk`` anchors.

    The gradient is found together with the value, chunk by chunk, so that no (B, N) tensor
    outlives its chunk and nothing is computed twice. What is kept is the gradient itself, as
    large as anchors and candidates.

    Args:
        loss: Mean over the anchors it is given, each of which counts for itself.
        anchors: Shape (B, D).
        candidates: Shape (N, D).
        anchor_ids: Shape (B,).
        chunk: Anchors at a time, 1 or more; ``None`` takes all at once.

    Returns:
        Scalar, differentiable once.
    """
    if chunk is None or len(anchors) <= chunk:
        return loss(anchors, candidates, anchor_ids)
    return _in_chunks(loss, chunk, anchor_ids, anchors, candidates)


@torch.compiler.disable
def _in_chunks(loss: AnchorLoss, chunk: int, ids: Tensor, *embeddings: Tensor) -> Tensor:
    differentiate = torch.is_grad_enabled() and any(t.requires_grad for t in embeddings)
    return _MeanInChunks.apply(loss, chunk, ids, differentiate, *embeddings)


class _MeanInChunks(torch.autograd.Function):
    """Value and gradient of a mean over anchors."""

    @staticmethod
    def forward(
        ctx: Any,
        loss: AnchorLoss,
        chunk: int,
        ids: Tensor,
        differentiate: bool,
        anchors: Tensor,
        candidates: Tensor,
    ) -> Tensor:
        anchors, candidates = (
            t.detach().requires_grad_(differentiate) for t in (anchors, candidates)
        )
        total = anchors.new_zeros(())
        with torch.set_grad_enabled(differentiate):
            for some, own_ids in zip(anchors.split(chunk), ids.split(chunk), strict=True):
                value = loss(some, candidates, own_ids) * (len(some) / len(anchors))
                if differentiate:
                    value.backward()
                total += value.detach()
        if differentiate:
            ctx.save_for_backward(anchors.grad, candidates.grad)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        of_anchors, of_candidates = ctx.saved_tensors
        return None, None, None, None, grad * of_anchors, grad * of_candidates
