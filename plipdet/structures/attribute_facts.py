"""AttributeFacts: what a classifier of attributes learns of the training data beforehand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(slots=True, frozen=True)
class AttributeFacts:
    """The A binary attributes of labelled data.

    Args:
        names: What they are called, in the order of the labels.
        positive_share: Share of "yes" among the known labels of each, 0..1, and 0.5 where none is
            known, float32, shape (A,).
    """

    names: tuple[str, ...]
    positive_share: np.ndarray

    def __post_init__(self) -> None:
        assert self.positive_share.shape == (len(self.names),), "one share for each name"
