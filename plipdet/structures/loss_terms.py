"""LossTerms: what a head's ``loss`` returns."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor


@dataclass(slots=True)
class LossTerms:
    """One head's loss and what to log of it.

    Args:
        loss: Scalar with gradient, before the head's ``loss_weight``: a mean over ``count`` things.
        metrics: Scalars without gradient, for the log only, by name; means over the same things.
        count: How many the loss is the mean of, scalar, where that is not the number of samples,
            as of masked word pieces. The task then weighs parts of a batch and ranks by it, so
            that the mean is that over all of them. 0 needs a loss of 0.
    """

    loss: Tensor
    metrics: dict[str, Tensor] = field(default_factory=dict)
    count: Tensor | None = None
