"""EmbeddedViews: the embeddings of a batch that was encoded in parts."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from plipdet.errors import InputError
from plipdet.structures import ImageFeatures, TextFeatures

from .views import Views


class EmbeddedViews(Views):
    """What a head that couples samples sees under micro-batches: embeddings and nothing else.

    Args:
        embeddings: Of the whole batch by view, "image", "gray" or "text", shape (B, D).
    """

    def __init__(self, embeddings: Mapping[str, Tensor]) -> None:
        self._embeddings = embeddings

    @property
    def image(self) -> ImageFeatures:  # type: ignore[override]
        """The colour pictures, without maps."""
        return ImageFeatures((), self._embedding("image"))

    @property
    def gray(self) -> ImageFeatures:  # type: ignore[override]
        """The pictures without colour, without maps."""
        return ImageFeatures((), self._embedding("gray"))

    @property
    def text(self) -> TextFeatures:  # type: ignore[override]
        """The captions, without hidden states."""
        embedding = self._embedding("text")
        nothing = embedding.new_empty(len(embedding), 0, embedding.shape[1])  # (B, 0, D)
        return TextFeatures(nothing, nothing[..., 0].bool(), embedding)

    def masked_text(self, mask: Tensor) -> TextFeatures:
        """Refuse: a masked caption has no embedding here."""
        raise InputError(f"{_WITHOUT} masked captions; set micro_batch_size=None")

    def encode_texts(self, token_ids: Tensor, token_mask: Tensor) -> Tensor:
        """Refuse: the encoders have done their work here."""
        raise InputError(f"{_WITHOUT} sentences of its own; set micro_batch_size=None")

    def _embedding(self, view: str) -> Tensor:
        if view not in self._embeddings:
            raise InputError(f"{_WITHOUT} the view {view!r}; name it in the head's couples")
        return self._embeddings[view]


_WITHOUT = "under micro_batch_size a head that couples samples does not see"
