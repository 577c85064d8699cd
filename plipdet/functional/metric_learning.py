"""Losses on distances between features of pictures: triplets and centres."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class HardTriplets(NamedTuple):
    """The hardest triplet of each anchor.

    Args:
        loss: Loss of each anchor, 0 where ``valid`` is False, shape (B,).
        positive: Distance to the farthest candidate of the same identity, shape (B,).
        negative: Distance to the nearest candidate of another identity, shape (B,).
        valid: Whether the anchor has a candidate of its identity besides itself and one of
            another, bool, shape (B,).
    """

    loss: Tensor
    positive: Tensor
    negative: Tensor
    valid: Tensor


def batch_hard_triplets(
    anchors: Tensor,
    candidates: Tensor,
    *,
    anchor_ids: Tensor,
    candidate_ids: Tensor,
    margin: float | None = 0.3,
) -> HardTriplets:
    """Triplet loss of the farthest positive and the nearest negative of each anchor.

    Hermans et al., "In Defense of the Triplet Loss", arXiv 1703.07737, Eq. (5). Of the Euclidean
    distances p to that positive and n to that negative the loss is the hinge max(0, margin + p - n)
    or, with a soft margin, ln(1 + exp(p - n)). At distance 0 the gradient is 0.

    Args:
        anchors: Features, shape (B, D).
        candidates: Features with the anchors among them, shape (N, D).
        anchor_ids: Identity of each anchor, shape (B,).
        candidate_ids: Identity of each candidate, shape (N,).
        margin: Margin of the hinge, not negative; ``None`` for the soft margin.
    """
    same = anchor_ids[:, None] == candidate_ids[None]  # (B, N)
    # An anchor is among its candidates, so one of its identity is itself, at distance 0.
    valid = (same.sum(dim=1) > 1) & ~same.all(dim=1)
    with torch.no_grad():
        # Without the short cut |x|^2 - 2xy + |y|^2, which loses small distances of long features.
        exact = "donot_use_mm_for_euclid_dist"
        distances = torch.cdist(anchors, candidates, compute_mode=exact)
        farthest = distances.masked_fill(~same, -1).argmax(dim=1)
        nearest = distances.masked_fill(same, torch.inf).argmin(dim=1)
    # Of the B x N distances only these have a gradient, which torch sets to 0 where they are 0.
    positive = torch.linalg.vector_norm(anchors - candidates[farthest], dim=1)
    negative = torch.linalg.vector_norm(anchors - candidates[nearest], dim=1)
    gap = positive - negative
    loss = F.softplus(gap) if margin is None else (gap + margin).relu()
    return HardTriplets(loss.where(valid, 0), positive, negative, valid)


def centre_loss(features: Tensor, centres: Tensor) -> Tensor:
    """Mean squared distance of features to the centres of their identities.

    Wen et al., "A Discriminative Feature Learning Approach for Deep Face Recognition", ECCV 2016,
    Eq. (2), which has half the sum over the batch; the mean without the half is what the weight
    5e-4 of "Bag of Tricks" (Luo et al., CVPRW 2019) goes with in its authors' code.

    Args:
        features: Shape (B, D).
        centres: Centre of the identity of each, shape (B, D).
    """
    return (features - centres).square().sum(dim=1).mean()


def centre_steps(features: Tensor, centres: Tensor, labels: Tensor) -> Tensor:
    """Return by how much centres lie off the features of their identities.

    Wen et al., ECCV 2016, Eq. (4): the sum of (centre - feature) over the features of an identity,
    divided by one more than their number; centres move by -alpha times it.

    Args:
        features: Shape (B, D).
        centres: Centre of each identity, shape (K, D).
        labels: Which centre each feature belongs to, int64, shape (B,).

    Returns:
        Shape (K, D), 0 for identities without a feature.
    """
    sums = torch.zeros_like(centres).index_add_(0, labels, centres[labels] - features)
    counts = torch.bincount(labels, minlength=len(centres))
    return sums / (1 + counts)[:, None]
