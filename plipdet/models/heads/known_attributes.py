"""KnownAttributes: the attributes of the training data, kept with the weights."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.structures import AttributeFacts


class KnownAttributes(nn.Module):
    """Names of attributes and how often they hold, which are not known when this is built.

    They are part of the weights, so that a file says what it scores. A subclass makes weights of
    its own in :meth:`meet`.
    """

    names: Tensor | None
    positive_share: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("names", None)
        self.register_buffer("positive_share", None)

    def meet(self, facts: AttributeFacts) -> None:
        """Take note of the attributes.

        Args:
            facts: The attributes of the training data.

        Raises:
            InputError: If there are none.
        """
        if not facts.names:
            raise InputError("the training data have no attribute, so there is nothing to score")
        like = torch.empty(0)  # on the device that is in force
        text = json.dumps(facts.names, ensure_ascii=False).encode()
        self.names = torch.from_numpy(np.frombuffer(text, np.uint8).copy()).to(like.device)
        self.positive_share = torch.from_numpy(facts.positive_share.copy()).to(like)

    def meet_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Make weights for the attributes that a file was trained on, if it says which.

        Args:
            weights: Of this module in the file, by name.

        Raises:
            InputError: If the names in the file are none.
        """
        if "names" not in weights or "positive_share" not in weights:
            return
        share = weights["positive_share"].float().cpu().numpy()
        self.meet(AttributeFacts(attribute_names(weights["names"], len(share)), share))

    @property
    def has_met(self) -> bool:
        """Whether it knows its attributes."""
        return self.names is not None

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """What is scored, in the order of the scores; empty before attributes have been met."""
        if self.names is None or self.positive_share is None:
            return ()
        return attribute_names(self.names, len(self.positive_share))


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
