"""AttributeClassifier: a weight vector for each attribute of the training data."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.structures import AttributeFacts


class AttributeClassifier(nn.Module):
    """Features to a score for each attribute, of which there are as many as the data have.

    The names of the attributes are part of the weights, so that a file says what it scores.

    Args:
        dim: Width D of the features.
        batch_norm: Whether batch norm follows the linear map, as in Jia et al., "Rethinking of
            Pedestrian Attribute Recognition" (arXiv 2107.03576).
        dropout: Of the features, 0..1.

    Raises:
        InputError: If ``dropout`` is outside of its range.
    """

    names: Tensor | None
    positive_share: Tensor | None

    def __init__(self, dim: int, *, batch_norm: bool = False, dropout: float = 0.0) -> None:
        super().__init__()
        if not 0 <= dropout < 1:
            raise InputError(f"dropout = {dropout} of a classifier of attributes; 0 to below 1")
        self.dim = dim
        self.batch_norm = batch_norm
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("names", None)
        self.register_buffer("positive_share", None)
        self.linear: nn.Linear | None = None
        self.norm: nn.BatchNorm1d | None = None

    def meet(self, facts: AttributeFacts) -> None:
        """Make the weights.

        Args:
            facts: The attributes of the training data.

        Raises:
            InputError: If there are none.
        """
        count = len(facts.names)
        if not count:
            raise InputError("the training data have no attribute, so there is nothing to score")
        like = torch.empty(0)  # on the device that is in force
        text = json.dumps(facts.names, ensure_ascii=False).encode()
        self.names = torch.from_numpy(np.frombuffer(text, np.uint8).copy()).to(like.device)
        self.positive_share = torch.from_numpy(facts.positive_share.copy()).to(like)
        self.linear = nn.Linear(self.dim, count)
        if self.batch_norm:
            self.norm = nn.BatchNorm1d(count)

    def meet_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Make weights for the attributes that a file was trained on, if it says which.

        Args:
            weights: Of this classifier in the file, by name.

        Raises:
            InputError: If the names in the file are none.
        """
        if "names" not in weights or "positive_share" not in weights:
            return
        share = weights["positive_share"].float().cpu().numpy()
        self.meet(AttributeFacts(attribute_names(weights["names"], len(share)), share))

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """What is scored, in the order of the scores; empty before attributes have been met."""
        if self.names is None or self.positive_share is None:
            return ()
        return attribute_names(self.names, len(self.positive_share))

    def forward(self, features: Tensor) -> Tensor:
        """Return a logit for each attribute, shape (B, A).

        Args:
            features: Shape (B, D).

        Raises:
            InputError: If no attributes have been met.
        """
        if self.linear is None:
            raise InputError("this classifier has met no attributes; call meet_attributes first")
        logits = self.linear(self.dropout(features))
        return logits if self.norm is None else self.norm(logits)


def attribute_names(encoded: Tensor, count: int) -> tuple[str, ...]:
    """Return the names that a weights file keeps as bytes.

    Args:
        encoded: UTF-8 text of a JSON list, uint8, shape (n,).
        count: How many there must be.

    Raises:
        InputError: If it is no list of so many strings.
    """
    try:
        found = json.loads(encoded.cpu().numpy().astype(np.uint8).tobytes())
        assert isinstance(found, list) and all(isinstance(name, str) for name in found)
        assert len(found) == count
    except (ValueError, AssertionError) as error:
        raise InputError(
            "the names of the attributes in these weights are damaged; take another copy"
        ) from error
    return tuple(found)
