"""AttributeScorer: what the task of recognising attributes asks of the head that answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from torch import Tensor

EncodeTexts: TypeAlias = Callable[[Tensor, Tensor], Tensor]


@runtime_checkable
class AttributeScorer(Protocol):
    """A head that scores attributes."""

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """What is scored, in the order of the scores; empty if nothing yet."""

    def logits(self, image: Tensor, encode_texts: EncodeTexts) -> Tensor:
        """Return a logit for each attribute, shape (B, A).

        Args:
            image: Embeddings of pictures, not normalised, shape (B, D).
            encode_texts: Word pieces and their mask, both (n, L), to embeddings (n, D).
        """

    def ask(self, names: Sequence[str]) -> None:
        """Say which attributes are asked for; a head that knows its own does nothing."""

    def refer(self, image: Tensor, encode_texts: EncodeTexts) -> None:
        """Look at pictures without labels; a head that was trained has no need to.

        Args:
            image: Embeddings of such pictures, not normalised, shape (N, D).
            encode_texts: As for :meth:`logits`.
        """

    def rule(self) -> str:
        """Return in words how "yes" and "no" are told apart."""
