"""LossHead: what every task asks of a head."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from torch import nn


class LossHead(nn.Module):
    """One objective of a task.

    Attributes:
        needs_identities: Whether the head has a weight for each identity of the training data.
            Then :meth:`meet_identities` is called before anything is optimised, and the head must
            have no other weights of its own: a checkpoint of other people is read without it.

    Args:
        loss_weight: Factor of the loss in the task's sum.
    """

    needs_identities: ClassVar[bool] = False

    def __init__(self, *, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def meet_identities(self, identities: np.ndarray) -> None:
        """Make the weights of the identities; heads that have none do nothing.

        Args:
            identities: Each identity of the training data once, ascending, int64, shape (K,).
        """
        return
