"""Online instance matching: identities against a table of features, strangers in a queue."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

STRANGER = -1
"""Label of a person who is nobody of the data set."""


def online_instance_matching(
    features: Tensor, labels: Tensor, *, table: Tensor, queue: Tensor, scale: float
) -> Tensor:
    """Cross-entropy of each person to the table's row of the identity, one number a person.

    Xiao et al., "Joint Detection and Identification Feature Learning for Person Search", CVPR
    2017, Eq. (1)-(4): p_i = exp(v_i . x / t) / (sum_j exp(v_j . x / t) + sum_k exp(u_k . x / t))
    over the table V and the queue U, loss -log p_y. ``scale`` is 1 / t. Neither V nor U gets a
    gradient; rows that nothing has filled are zero and count, as in the authors' code.

    Args:
        features: Of unit length, shape (R, D).
        labels: Row of the identity in the table, ``STRANGER`` for somebody else, int64, shape (R,).
        table: V, shape (K, D).
        queue: U, shape (Q, D).
        scale: Factor of the cosines.

    Returns:
        Losses of shape (R,); 0 for strangers.
    """
    logits = scale * features @ torch.cat([table, queue]).detach().to(features.dtype).T
    return F.cross_entropy(logits, labels, ignore_index=STRANGER, reduction="none")


def matched_table(table: Tensor, features: Tensor, labels: Tensor, *, momentum: float) -> Tensor:
    """Return the table after people were seen, one after the other.

    Ibid., section 3.2: v_y = m v_y + (1 - m) x, scaled to unit length.

    Args:
        table: V, shape (K, D).
        features: Of unit length, shape (R, D).
        labels: Row of each, ``STRANGER`` for none, shape (R,).
        momentum: m, 0..1.
    """
    found = table.clone()
    for feature, label in zip(features.to(table.dtype), labels.tolist(), strict=True):
        if label != STRANGER:
            found[label] = F.normalize(momentum * found[label] + (1 - momentum) * feature, dim=0)
    return found


def advanced_queue(
    queue: Tensor, features: Tensor, labels: Tensor, *, place: int
) -> tuple[Tensor, int]:
    """Return the queue after strangers were put in place of the oldest, and the next place.

    Args:
        queue: U, shape (Q, D).
        features: Of unit length, shape (R, D).
        labels: ``STRANGER`` for those to put in, shape (R,).
        place: Where the oldest lies, 0..Q-1.
    """
    new = features[labels == STRANGER][-len(queue) :].to(queue.dtype) if len(queue) else queue
    if not len(new):
        return queue, place
    skipped = int((labels == STRANGER).sum()) - len(new)  # more than the queue has room for
    places = (place + skipped + torch.arange(len(new), device=queue.device)) % len(queue)
    found = queue.clone()
    found[places] = new
    return found, (place + skipped + len(new)) % len(queue)
