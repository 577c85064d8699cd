"""SkippedStep: why an optimizer step did not take place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SkippedStep:
    """What was not finite, as this rank saw it.

    Args:
        losses: The loss of each iteration behind the step, on this rank.
        grad_norm: Norm of the gradients; of this rank's where they are not shared.
        parameters: Names of the parameters whose gradient was not finite.
        overflow: Only the gradients of a float16 loss overflowed under its scale, which has been
            lowered for that; float16 training meets this now and then.
    """

    losses: list[float]
    grad_norm: float
    parameters: list[str]
    overflow: bool
