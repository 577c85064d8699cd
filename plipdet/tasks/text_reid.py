"""TextReIDTask: two encoders that put a sentence and the pictures of its person side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.models.views import Views
from plipdet.registry import TASKS
from plipdet.structures import PersonBatch

from .pretraining import PretrainingTask


@TASKS.register_module()
class TextReIDTask(PretrainingTask):
    """Text-based Re-ID: sentences find pictures, by the cosine of two encoders' embeddings.

    Heads train it, among them those of pre-training; none takes part in a search. Encoders are
    named as in pre-training, so their weights can be taken over.

    Args:
        image_encoder: Module or config.
        text_encoder: Module or config.
        heads: Heads or their configs by name, as :class:`PretrainingTask` has them.
        data_preprocessor: Module or config; ``None`` normalises as PLIP does.
        micro_batch_size: Encode this many samples at a time; ``None`` for the batch at once.
        linear_probe: Leave both encoders as they are, batch statistics too, and train only one
            linear map on each embedding, which begins as the identity: untrained, the search is
            the zero-shot one. The maps are part of the embeddings from then on.

    Raises:
        InputError: If there is no text encoder, no head, or one that does not fit.
    """

    def __init__(
        self,
        image_encoder: Any,
        text_encoder: Any,
        *,
        heads: Mapping[str, Any],
        data_preprocessor: Any = None,
        micro_batch_size: int | None = None,
        linear_probe: bool = False,
    ) -> None:
        if text_encoder is None:
            raise InputError("TextReIDTask searches by sentences; it needs a text_encoder")
        super().__init__(
            image_encoder,
            text_encoder,
            heads=heads,
            data_preprocessor=data_preprocessor,
            micro_batch_size=micro_batch_size,
        )
        self.linear_probe = linear_probe
        if not linear_probe:
            return
        self.image_probe = _identity(self.image_encoder.embed_dim)
        self.text_probe = _identity(self.text_encoder.embed_dim)
        for encoder in (self.image_encoder, self.text_encoder):
            encoder.requires_grad_(False)
        used = self._used()
        self.image_probe.requires_grad_("image.embedding" in used)
        self.text_probe.requires_grad_("text.embedding" in used)
        self.train()

    def embed_images(self, images: Tensor) -> Tensor:
        """Return embeddings, not normalised, shape (B, D), of normalised pictures (B, 3, H, W)."""
        embedding = super().embed_images(images)
        return self.image_probe(embedding) if self.linear_probe else embedding

    def embed_texts(self, token_ids: Tensor, token_mask: Tensor) -> Tensor:
        """Return embeddings, not normalised, shape (B, D), of sentences; see the base class."""
        embedding = super().embed_texts(token_ids, token_mask)
        return self.text_probe(embedding) if self.linear_probe else embedding

    def protocol(self) -> dict[str, str]:
        """Return, in words, what of the task changes a result."""
        maps = {"linear_probe": "a linear map on each embedding"} if self.linear_probe else {}
        return {**super().protocol(), **maps}

    def train(self, mode: bool = True) -> TextReIDTask:
        """Set the mode; under a linear probe the encoders stay in eval."""
        super().train(mode)
        if self.linear_probe:
            self.image_encoder.eval()
            self.text_encoder.eval()
        return self

    def _views(self, batch: PersonBatch) -> Views:
        if not self.linear_probe:
            return super()._views(batch)
        return Views(
            batch,
            image_encoder=_Mapped(self.image_encoder, self.image_probe),
            text_encoder=_Mapped(self.text_encoder, self.text_probe),
            to_gray=self.preprocessor.to_gray,
        )

    def _encoding_modules(self) -> list[nn.Module]:
        maps = [self.image_probe, self.text_probe] if self.linear_probe else []
        return [*super()._encoding_modules(), *maps]


class _Mapped:
    """An encoder whose embedding goes through a map; its other outputs stay."""

    def __init__(self, encoder: Any, embedding_map: nn.Module) -> None:
        self._encoder, self._map = encoder, embedding_map

    def __call__(self, *inputs: Tensor) -> Any:
        features = self._encoder(*inputs)
        return dataclasses.replace(features, embedding=self._map(features.embedding))

    @property
    def mask_token_id(self) -> int:
        return self._encoder.mask_token_id


def _identity(dim: int) -> nn.Linear:
    linear = nn.Linear(dim, dim)
    nn.init.eye_(linear.weight)
    nn.init.zeros_(linear.bias)
    return linear
