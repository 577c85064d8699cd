"""Views: the encoded views of a batch, each encoded once, on first use."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from torch import Tensor

from plipdet.errors import InputError
from plipdet.structures import ImageFeatures, PersonBatch, TextFeatures


class Views:
    """What pretext heads read of a batch.

    Colour and gray pictures are encoded in two passes, not one joined pass: joined, batch norm
    would take its statistics over both kinds at once.

    Args:
        batch: Normalised batch on the device.
        image_encoder: Called as ``image_encoder(images) -> ImageFeatures``.
        text_encoder: Called as ``text_encoder(token_ids, token_mask) -> TextFeatures``, with
            ``mask_token_id``; ``None`` where no head reads texts.
        to_gray: Turns normalised colour pictures into normalised gray ones.
    """

    def __init__(
        self,
        batch: PersonBatch,
        *,
        image_encoder: Callable[[Tensor], ImageFeatures],
        text_encoder: Any,
        to_gray: Callable[[Tensor], Tensor],
    ) -> None:
        self._batch = batch
        self._image_encoder = image_encoder
        self._text_encoder = text_encoder
        self._to_gray = to_gray
        self._masked: list[tuple[Tensor, TextFeatures]] = []

    @cached_property
    def image(self) -> ImageFeatures:
        """The colour pictures."""
        return self._image_encoder(self._images())

    @cached_property
    def gray(self) -> ImageFeatures:
        """The pictures without colour, through the same encoder."""
        return self._image_encoder(self._to_gray(self._images()))

    @cached_property
    def text(self) -> TextFeatures:
        """The captions."""
        token_ids, token_mask = self._tokens()
        return self._text_encoder(token_ids, token_mask)

    def encode_texts(self, token_ids: Tensor, token_mask: Tensor) -> Tensor:
        """Return embeddings, not normalised, of sentences that are not the batch's.

        Args:
            token_ids: Word pieces, int64, shape (n, L).
            token_mask: True where ``token_ids`` is text and not padding, bool, shape (n, L).

        Returns:
            Shape (n, D).
        """
        if self._text_encoder is None:
            raise InputError("a head reads texts, but the task has no text_encoder")
        return self._text_encoder(token_ids, token_mask).embedding

    def masked_text(self, mask: Tensor) -> TextFeatures:
        """Return the captions with some word pieces replaced by the mask token.

        Args:
            mask: Where to replace, bool, shape (B, L). The same tensor again is not encoded
                again.
        """
        for known, features in self._masked:
            if known is mask:
                return features
        token_ids, token_mask = self._tokens()
        masked_ids = token_ids.masked_fill(mask, self._text_encoder.mask_token_id)
        features = self._text_encoder(masked_ids, token_mask)
        self._masked.append((mask, features))
        return features

    def _images(self) -> Tensor:
        if self._batch.images is None:
            raise InputError("a head reads pictures, but the pipeline loads none")
        return self._batch.images

    def _tokens(self) -> tuple[Tensor, Tensor]:
        if self._text_encoder is None:
            raise InputError("a head reads texts, but the task has no text_encoder")
        if self._batch.token_ids is None or self._batch.token_mask is None:
            raise InputError("a head reads texts, but the pipeline tokenises no caption")
        return self._batch.token_ids, self._batch.token_mask
