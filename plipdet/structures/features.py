"""What the encoders return."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(slots=True)
class ImageFeatures:
    """Features of B pictures.

    Args:
        stages: Maps from fine to coarse, stage s of shape (B, C_s, H_s, W_s).
        embedding: Vector of the whole picture, not normalised, shape (B, D).
    """

    stages: tuple[Tensor, ...]
    embedding: Tensor


@dataclass(slots=True)
class TextFeatures:
    """Features of B sentences.

    Args:
        tokens: Hidden state of each word piece, shape (B, L, D).
        mask: True where a word piece is text and not padding, shape (B, L).
        embedding: Vector of the whole sentence, not normalised, shape (B, D).
    """

    tokens: Tensor
    mask: Tensor
    embedding: Tensor
