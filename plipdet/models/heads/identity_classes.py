"""IdentityClasses: a weight vector for each identity of the training data."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from plipdet.errors import InputError


class IdentityClasses(nn.Module):
    """The columns of a classifier over identities, which are not known when it is built.

    Identities keep the numbers of their data set; their classes are their places in ascending
    order. Both the numbers and the weights are part of a checkpoint.

    Args:
        dim: Width D of what is classified.
        std: Standard deviation of the initial weights, drawn from a normal distribution.
    """

    identities: Tensor | None
    weight: Tensor | None

    def __init__(self, dim: int, *, std: float = 0.001) -> None:
        super().__init__()
        self.dim = dim
        self.std = std
        self.register_buffer("identities", None)
        self.register_parameter("weight", None)

    def meet(self, identities: np.ndarray) -> None:
        """Make the weights.

        Args:
            identities: Each identity once, ascending, int64, shape (K,).

        Raises:
            InputError: If there are fewer than two.
        """
        if len(identities) < 2:
            raise InputError(
                f"the training data show {len(identities)} identity; a classifier of identities "
                "needs two or more: take more data, or leave the head out"
            )
        weight = torch.empty(len(identities), self.dim)
        self.identities = torch.from_numpy(identities.astype(np.int64)).to(weight.device)
        self.weight = nn.Parameter(nn.init.normal_(weight, std=self.std))

    def columns(self) -> Tensor:
        """Return the weights, shape (K, D).

        Raises:
            InputError: If no identities have been met.
        """
        if self.weight is None:
            raise InputError("this classifier has met no identities; call meet_identities first")
        return self.weight

    def labels(self, person_ids: Tensor | None) -> Tensor:
        """Return the class of each identity, int64, shape (B,).

        Args:
            person_ids: Identities of the training data, shape (B,).

        Raises:
            InputError: If the source has no identities.
        """
        if person_ids is None:
            raise InputError("a head classifies identities, but this source has none")
        assert self.identities is not None, "columns() has been called"
        return torch.searchsorted(self.identities, person_ids)
