"""LossHead: what every task asks of a head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from torch import Tensor, nn

from plipdet.structures import AttributeFacts


class LossHead(nn.Module):
    """One objective of a task.

    Attributes:
        needs_identities: Whether the head has a weight for each identity of the training data.
            Then :meth:`meet_identities` is called before anything is optimised, and the head must
            have no other weights of its own: a checkpoint of other people is read without it.
        needs_attributes: Whether the head has a weight for each attribute of the training data.
            Then :meth:`meet_attributes` is called before anything is optimised, and
            :meth:`meet_weights` before weights are loaded to test.

    Args:
        loss_weight: Factor of the loss in the task's sum.
    """

    needs_identities: ClassVar[bool] = False
    needs_attributes: ClassVar[bool] = False

    def __init__(self, *, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def meet_identities(self, identities: np.ndarray) -> None:
        """Make the weights of the identities; heads that have none do nothing.

        Args:
            identities: Each identity of the training data once, ascending, int64, shape (K,).
        """
        return

    def meet_attributes(self, facts: AttributeFacts) -> None:
        """Make the weights of the attributes; heads that have none do nothing.

        Args:
            facts: The attributes of the training data.
        """
        return

    def meet_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Make what training data would size as large as in a file, whose weights come next.

        Args:
            weights: Of this head in the file, by their names in it; they may be of another head.
        """
        return
