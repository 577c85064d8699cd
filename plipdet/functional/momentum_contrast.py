"""Contrast of two views of a picture against a queue of earlier pictures (MoCo)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def queue_logits(queries: Tensor, keys: Tensor, queue: Tensor, *, temperature: float) -> Tensor:
    """Return the logits whose class 0 is right.

    He et al., Momentum Contrast, CVPR 2020 (arXiv 1911.05722), Eq. (1) and Algorithm 1: the
    product with the picture's own key first, then those with all keys of the queue.

    Args:
        queries: Of unit length, shape (B, D).
        keys: Of the same pictures, of unit length, without gradient, shape (B, D).
        queue: Keys of earlier pictures, of unit length, shape (K, D).
        temperature: Divides the products, above 0, no unit.

    Returns:
        Shape (B, 1 + K).
    """
    own = (queries * keys).sum(dim=1, keepdim=True)  # (B, 1)
    return torch.cat([own, queries @ queue.T], dim=1) / temperature


@torch.no_grad()
def enqueue(queue: Tensor, keys: Tensor, start: int) -> None:
    """Write keys over the oldest ones of a ring.

    A key that is not finite, of a step that training skips, leaves the former key in its place.

    Args:
        queue: Changed in place, shape (K, D).
        keys: At most K, shape (N, D).
        start: Place of the first of them, 0..K-1; after the end it goes on at the beginning.
    """
    assert len(keys) <= len(queue), "the queue holds a batch"
    first = min(len(keys), len(queue) - start)
    for part, place in ((keys[:first], queue[start : start + first]),
                        (keys[first:], queue[: len(keys) - first])):  # fmt: skip
        finite = torch.isfinite(part).all(dim=1, keepdim=True)
        place.copy_(torch.where(finite, part, place))


@torch.no_grad()
def follow(slow: Sequence[Tensor], fast: Sequence[Tensor], momentum: float) -> None:
    """Move slow parameters towards fast ones: slow = m slow + (1 - m) fast.

    He et al., Momentum Contrast, CVPR 2020, Eq. (2).

    Args:
        slow: Changed in place.
        fast: Of the same shapes, in the same order.
        momentum: m, 0..1.
    """
    torch._foreach_lerp_(list(slow), list(fast), 1 - momentum)
