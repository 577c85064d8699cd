"""The mean over anchors of a loss on their projections, a few anchors at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

_LEAST = 1e-12  # as in torch.nn.functional.normalize
LogitLoss = Callable[[Tensor, Tensor], Tensor]


def mean_in_chunks(
    loss: LogitLoss,
    anchors: Tensor,
    candidates: Tensor,
    anchor_ids: Tensor,
    *,
    chunk: int | None,
) -> Tensor:
    """Return the loss on the projections of anchors onto the directions of candidates.

    That is ``loss(anchors @ normalize(candidates).T, anchor_ids)``. In chunks, the gradient is
    found together with the value, so that no (B, N) tensor outlives its chunk and nothing is
    computed twice. What is kept is the gradient itself, as large as anchors and candidates.

    Args:
        loss: Of projections, shape (anchors, N), and the anchors' ids; the mean over the anchors
            it is given, each of which counts for itself.
        anchors: Shape (B, D).
        candidates: Of any length above 0, shape (N, D).
        anchor_ids: Shape (B,).
        chunk: Anchors at a time, 1 or more; ``None`` takes all at once.

    Returns:
        Scalar, differentiable once.
    """
    if chunk is None or len(anchors) <= chunk:
        return loss(anchors @ F.normalize(candidates, dim=1).T, anchor_ids)
    return _in_chunks(loss, chunk, anchor_ids, anchors, candidates)


@torch.compiler.disable
def _in_chunks(loss: LogitLoss, chunk: int, ids: Tensor, *embeddings: Tensor) -> Tensor:
    differentiate = torch.is_grad_enabled() and any(t.requires_grad for t in embeddings)
    return _MeanInChunks.apply(loss, chunk, ids, differentiate, *embeddings)


class _MeanInChunks(torch.autograd.Function):
    """Value and gradient of a mean over anchors."""

    @staticmethod
    def forward(
        ctx: Any,
        loss: LogitLoss,
        chunk: int,
        ids: Tensor,
        differentiate: bool,
        anchors: Tensor,
        candidates: Tensor,
    ) -> Tensor:
        total = anchors.new_zeros(())
        lengths = torch.linalg.vector_norm(candidates, dim=1, keepdim=True).clamp(min=_LEAST)
        directions = candidates / lengths  # (N, D)
        of_anchors, of_directions = torch.empty_like(anchors), torch.zeros_like(candidates)
        for start in range(0, len(anchors), chunk):
            rows = slice(start, start + chunk)
            logits = anchors[rows] @ directions.T  # (chunk, N)
            with torch.set_grad_enabled(differentiate):
                value = loss(logits.requires_grad_(differentiate), ids[rows])
                value = value * (len(logits) / len(anchors))
            total += value.detach()
            if differentiate:
                (grad,) = torch.autograd.grad(value, logits)
                torch.mm(grad, directions, out=of_anchors[rows])
                of_directions.addmm_(grad.T, anchors[rows])
        # Only what is across the direction counts; in place, as these are as large as all ranks.
        along = torch.einsum("nd,nd->n", of_directions, directions)[:, None]
        of_candidates = of_directions.addcmul_(directions, along, value=-1).div_(lengths)
        ctx.save_for_backward(of_anchors, of_candidates)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        of_anchors, of_candidates = ctx.saved_tensors
        return None, None, None, None, grad * of_anchors, grad * of_candidates
