"""attribute_terms: what every head that scores attributes has for a loss."""

from __future__ import annotations

import torch
from torch import Tensor

from plipdet.errors import InputError
from plipdet.functional.attribute_loss import weighted_attribute_loss
from plipdet.structures import LossTerms


def attribute_terms(
    logits: Tensor, labels: Tensor | None, positive_share: Tensor | None, *, asker: str
) -> LossTerms:
    """Return the weighted cross-entropy over known labels, their number, and how many are right.

    It is computed in single precision at least.

    Args:
        logits: Shape (B, A).
        labels: 1 yes, 0 no, -1 unknown, shape (B, A).
        positive_share: Of the training data, shape (A,).
        asker: The head's class, for the message.

    Raises:
        InputError: If the batch has no attribute labels.
    """
    if labels is None:
        raise InputError(f"{asker} needs attribute labels; this source has none")
    assert positive_share is not None, "a head that gives logits has met attributes"
    wide = torch.promote_types(logits.dtype, torch.float32)
    loss, count = weighted_attribute_loss(logits.to(wide), labels, positive_share.to(wide))
    right = ((logits.detach() > 0) == (labels > 0)) & (labels >= 0)
    accuracy = right.sum().to(wide) / count.clamp(min=1)
    return LossTerms(loss, {"accuracy": accuracy}, count)
