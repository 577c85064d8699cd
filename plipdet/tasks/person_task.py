"""PersonTask: what all tasks share, from a batch to a weighted sum of losses or to embeddings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import Any, cast

import numpy as np
import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from plipdet.distributed import gather_with_grad, world_size
from plipdet.errors import InputError
from plipdet.models.heads import LossHead
from plipdet.models.person_data_preprocessor import PersonDataPreprocessor
from plipdet.registry import MODELS, build
from plipdet.structures import AttributeFacts, LossTerms, PersonBatch


class PersonTask(BaseModel, ABC):
    """Encoders, and heads whose weighted losses are summed.

    A subclass builds its heads into ``self.heads`` and says what their losses are. Checkpoints of
    all tasks name the encoders alike, so that one task can start from another's.

    Args:
        image_encoder: Module or config.
        text_encoder: Module or config; ``None`` when nothing reads texts.
        data_preprocessor: Module or config; ``None`` normalises as PLIP does.
    """

    not_for_predict = "heads."
    """Start of the names of weights that embeddings, and so tests and searches, do not need."""

    heads: nn.ModuleDict

    def __init__(
        self, image_encoder: Any, text_encoder: Any = None, *, data_preprocessor: Any = None
    ) -> None:
        preprocessor = data_preprocessor or {"type": PersonDataPreprocessor}
        super().__init__(data_preprocessor=build(preprocessor, MODELS))
        self.image_encoder = build(image_encoder, MODELS)
        self.text_encoder = build(text_encoder, MODELS)

    @abstractmethod
    def loss_terms(self, batch: PersonBatch) -> dict[str, LossTerms]:
        """Return the loss of each head, by its name, for a normalised batch."""

    def embed_images(self, images: Tensor) -> Tensor:
        """Return embeddings, not normalised, shape (B, D), of normalised pictures (B, 3, H, W).

        All retrieval, search and export goes through here.
        """
        return self.image_encoder(images).embedding

    def embed_texts(self, token_ids: Tensor, token_mask: Tensor) -> Tensor:
        """Return embeddings, not normalised, shape (B, D), of sentences.

        Args:
            token_ids: Word pieces, int64, shape (B, L).
            token_mask: True where ``token_ids`` is text and not padding, bool, shape (B, L).

        Raises:
            InputError: If the task has no text encoder.
        """
        if self.text_encoder is None:
            raise InputError(f"this {type(self).__name__} reads no texts: it has no text_encoder")
        return self.text_encoder(token_ids, token_mask).embedding

    def protocol(self) -> dict[str, str]:
        """Return, in words, what of the task changes a result, to be written beside it."""
        return {"task": type(self).__name__}

    # --- called by MMEngine -------------------------------------------------------------------

    def forward(  # type: ignore[override]
        self, batch: PersonBatch, mode: str = "loss"
    ) -> dict[str, Tensor]:
        """Compute losses or embeddings of a normalised batch.

        Args:
            batch: From the data preprocessor.
            mode: "loss" for ``{"loss": weighted sum, "<head>/loss": ..., "<head>/<metric>": ...}``
                where only "loss" has a gradient; "predict" for ``{"image": (B, D), "text": (B,
                D)}``, not normalised, of what the batch holds.
        """
        if mode == "predict":
            return self._predict(batch)
        if mode != "loss":
            name = type(self).__name__
            raise InputError(f"mode is {mode!r}; {name} knows 'loss' and 'predict'")
        weights = {name: head.loss_weight for name, head in self.named_heads().items()}
        return weighted_sum(weights, self.loss_terms(batch))

    def parse_losses(  # type: ignore[override]
        self, losses: dict[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the total, and all entries without gradient for the log.

        MMEngine's own sums every key with "loss" in it, which would count the heads twice.
        """
        return losses["loss"], {k: v.detach() for k, v in losses.items()}

    # --- called by the runner, before training ------------------------------------------------

    @property
    def needs_identities(self) -> bool:
        """Whether a head has one weight for each identity of the training data."""
        return any(head.needs_identities for head in self.named_heads().values())

    def meet_identities(self, identities: np.ndarray) -> None:
        """Tell the heads which people the training data show, before anything is optimised.

        Args:
            identities: Each identity once, ascending, int64, shape (K,).

        Raises:
            InputError: If a head cannot train on so few.
        """
        for head in self.named_heads().values():
            head.meet_identities(identities)

    @property
    def needs_attributes(self) -> bool:
        """Whether a head has one weight for each attribute of the training data."""
        return any(head.needs_attributes for head in self.named_heads().values())

    def meet_attributes(self, facts: AttributeFacts) -> None:
        """Tell the heads which attributes the training data have, before anything is optimised.

        Args:
            facts: Their names and how often they hold.
        """
        for head in self.named_heads().values():
            head.meet_attributes(facts)

    def meet_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Make what training data would size as large as in a file.

        Called before weights are checked and loaded to test, when there are no training data.

        Args:
            weights: The whole file's, by name.
        """
        for name, head in self.named_heads().items():
            start = f"heads.{name}."
            own = {k.removeprefix(start): v for k, v in weights.items() if k.startswith(start)}
            head.meet_weights(own)

    def weights_loaded(self, loaded: Collection[str]) -> None:
        """Go on from weights of another task: copy them to parts that begin as copies.

        Called after a file was loaded to start from or to test, and not after one to resume.

        Args:
            loaded: Names of the weights that were in the file.
        """
        return

    def named_heads(self) -> dict[str, LossHead]:
        """Return the heads by name, typed."""
        return {name: cast(LossHead, head) for name, head in self.heads.items()}

    @property
    def preprocessor(self) -> PersonDataPreprocessor:
        """The data preprocessor, typed."""
        return cast(PersonDataPreprocessor, self.data_preprocessor)

    def _predict(self, batch: PersonBatch) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        if batch.images is not None:
            found["image"] = self.embed_images(batch.images)
        if batch.token_ids is not None and self.text_encoder is not None:
            assert batch.token_mask is not None, "tokens come with their mask"
            found["text"] = self.embed_texts(batch.token_ids, batch.token_mask)
        return found


def weighted_sum(weights: Mapping[str, float], terms: Mapping[str, LossTerms]) -> dict[str, Tensor]:
    """Return the total under "loss", and what to log of each loss.

    Args:
        weights: Factor of each loss, by name.
        terms: The losses, by the same names.
    """
    log: dict[str, Tensor] = {}
    total: Tensor | None = None
    for name, weight in weights.items():
        loss, count = terms[name].loss, terms[name].count
        if count is not None:
            log[f"{name}/count"] = count.detach()
            if world_size() > 1:  # so that the ranks' mean is the mean over all that is counted
                on_average = gather_with_grad(count.detach()[None]).mean()
                loss = loss * count / on_average.clamp(min=torch.finfo(count.dtype).tiny)
        weighted = weight * loss
        total = weighted if total is None else total + weighted
        log[f"{name}/loss"] = loss.detach()
        log.update({f"{name}/{k}": v.detach() for k, v in terms[name].metrics.items()})
    assert total is not None, "the constructor has checked that there are losses"
    return {"loss": total, **log}
