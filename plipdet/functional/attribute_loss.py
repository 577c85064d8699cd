"""The loss of binary attributes whose labels are unequally frequent."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def weighted_attribute_loss(
    logits: Tensor, labels: Tensor, positive_share: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the weighted binary cross-entropy over known labels, and their number.

    A label counts w = exp(y (1 - p) + (1 - y) p), so the rarer answer counts more: Li et al.,
    DeepMAR, ACPR 2015, Eq. (3)-(4) with sigma 1. Where all labels are known it is the sum over
    attributes of the mean over pictures, as in Jia et al., "Rethinking of Pedestrian Attribute
    Recognition" (arXiv 2107.03576).

    Args:
        logits: Score of each attribute, shape (B, A).
        labels: 1 yes, 0 no, -1 unknown, shape (B, A).
        positive_share: p, the share of "yes" in the training data, 0..1, shape (A,).

    Returns:
        Scalar A times the mean over known labels, 0 where none is known, and their number.
    """
    known = labels >= 0
    target = labels.clamp(min=0).to(logits.dtype)
    weight = torch.where(target > 0, torch.exp(1 - positive_share), torch.exp(positive_share))
    each = F.binary_cross_entropy_with_logits(logits, target, weight, reduction="none")
    count = known.sum().to(logits.dtype)
    total = each.masked_fill(~known, 0).sum()
    return logits.shape[1] * total / count.clamp(min=1), count
