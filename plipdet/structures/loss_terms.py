"""LossTerms: what a head's ``loss`` returns."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor


@dataclass(slots=True)
class LossTerms:
    """One head's loss and what to log of it.

    Args:
        loss: Scalar with gradient, before the head's ``loss_weight``.
        metrics: Scalars without gradient, for the log only, by name.
    """

    loss: Tensor
    metrics: dict[str, Tensor] = field(default_factory=dict)
