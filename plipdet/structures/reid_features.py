"""ReIDFeatures: what a Re-ID neck makes of a picture's features."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(slots=True)
class ReIDFeatures:
    """Features of B pictures of people, by what reads them; none is normalised.

    Args:
        metric: What losses on distances read, feature i of shape (B, D_i).
        classified: What classifiers of identities read, feature j of shape (B, D_j).
        embedding: What retrieval compares, shape (B, D).
    """

    metric: tuple[Tensor, ...]
    classified: tuple[Tensor, ...]
    embedding: Tensor
