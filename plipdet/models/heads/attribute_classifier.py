"""AttributeClassifier: a weight vector for each attribute of the training data."""

from __future__ import annotations

from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.structures import AttributeFacts

from .known_attributes import KnownAttributes


class AttributeClassifier(KnownAttributes):
    """Features to a score for each attribute, of which there are as many as the data have.

    Args:
        dim: Width D of the features.
        batch_norm: Whether batch norm follows the linear map, as in Jia et al., "Rethinking of
            Pedestrian Attribute Recognition" (arXiv 2107.03576).
        dropout: Of the features, 0..1.

    Raises:
        InputError: If ``dropout`` is outside of its range.
    """

    def __init__(self, dim: int, *, batch_norm: bool = False, dropout: float = 0.0) -> None:
        super().__init__()
        if not 0 <= dropout < 1:
            raise InputError(f"dropout = {dropout} of a classifier of attributes; 0 to below 1")
        self.dim = dim
        self.batch_norm = batch_norm
        self.dropout = nn.Dropout(dropout)
        self.linear: nn.Linear | None = None
        self.norm: nn.BatchNorm1d | None = None

    def meet(self, facts: AttributeFacts) -> None:
        """Make the weights.

        Args:
            facts: The attributes of the training data.

        Raises:
            InputError: If there are none.
        """
        super().meet(facts)
        self.linear = nn.Linear(self.dim, len(facts.names))
        if self.batch_norm:
            self.norm = nn.BatchNorm1d(len(facts.names)).train(self.training)

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
