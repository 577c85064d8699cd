"""PretrainingTask: encoders trained by a set of pretext heads."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, cast

from mmengine.model import BaseModel
from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.models.heads.pretext import PretextHead
from plipdet.models.person_data_preprocessor import PersonDataPreprocessor
from plipdet.models.views import Views
from plipdet.registry import MODELS, TASKS, build, resolve
from plipdet.structures import PersonBatch


@TASKS.register_module()
class PretrainingTask(BaseModel):
    """An image encoder, a text encoder, and heads whose weighted losses are summed.

    PLIP (arXiv 2305.08386), Eq. (7). What no head uses of the encoders is frozen, so that
    distributed training need not look for unused parameters.

    Args:
        image_encoder: Module or config.
        text_encoder: Module or config; ``None`` when no head reads texts.
        heads: Pretext heads or their configs by name; the name starts their entries in the log.
            A config may leave out ``stage_channels``, ``image_dim``, ``text_dim`` and
            ``vocabulary_size``, which the encoders know.
        data_preprocessor: Module or config; ``None`` normalises as PLIP does.

    Raises:
        InputError: If there is no head, or one does not fit the encoders.
    """

    def __init__(
        self,
        image_encoder: Any,
        text_encoder: Any = None,
        *,
        heads: Mapping[str, Any],
        data_preprocessor: Any = None,
    ) -> None:
        preprocessor = data_preprocessor or {"type": PersonDataPreprocessor}
        super().__init__(data_preprocessor=build(preprocessor, MODELS))
        if not heads:
            raise InputError("PretrainingTask has no heads, so nothing to train; name one or more")
        self.image_encoder = build(image_encoder, MODELS)
        self.text_encoder = build(text_encoder, MODELS)
        self.heads = nn.ModuleDict({k: self._build_head(k, v) for k, v in heads.items()})
        self._freeze_unused()

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
        views = Views(
            batch,
            image_encoder=self.image_encoder,
            text_encoder=self.text_encoder,
            to_gray=self._preprocessor.to_gray,
        )
        if mode == "predict":
            return self._predict(views, batch)
        if mode != "loss":
            raise InputError(f"mode is {mode!r}; PretrainingTask knows 'loss' and 'predict'")
        log: dict[str, Tensor] = {}
        total: Tensor | None = None
        for name, head in zip(self.heads, self._heads(), strict=True):
            terms = head.loss(views, batch)
            weighted = head.loss_weight * terms.loss
            total = weighted if total is None else total + weighted
            log[f"{name}/loss"] = terms.loss.detach()
            log.update({f"{name}/{k}": v.detach() for k, v in terms.metrics.items()})
        assert total is not None, "the constructor has checked that there are heads"
        return {"loss": total, **log}

    def parse_losses(  # type: ignore[override]
        self, losses: dict[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the total, and all entries without gradient for the log.

        MMEngine's own sums every key with "loss" in it, which would count the heads twice.
        """
        return losses["loss"], {k: v.detach() for k, v in losses.items()}

    @property
    def _preprocessor(self) -> PersonDataPreprocessor:
        return cast(PersonDataPreprocessor, self.data_preprocessor)

    def _heads(self) -> list[PretextHead]:
        return [cast(PretextHead, head) for head in self.heads.values()]

    def _predict(self, views: Views, batch: PersonBatch) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        if batch.images is not None:
            found["image"] = views.image.embedding
        if batch.token_ids is not None and self.text_encoder is not None:
            found["text"] = views.text.embedding
        return found

    def _build_head(self, name: str, config: Any) -> PretextHead:
        known: dict[str, Any] = {
            "stage_channels": self.image_encoder.stage_channels,
            "image_dim": self.image_encoder.embed_dim,
        }
        if self.text_encoder is not None:
            known["text_dim"] = self.text_encoder.embed_dim
            known["vocabulary_size"] = self.text_encoder.vocabulary_size
        defaults: dict[str, Any] = {}
        if isinstance(config, Mapping) and "type" in config:
            accepted = inspect.signature(resolve(config["type"], MODELS)).parameters
            defaults = {k: v for k, v in known.items() if k in accepted}
        head = build(config, MODELS, **defaults)
        for key, value in known.items():
            given = getattr(head, key, value)
            if given != value:
                raise InputError(f"head {name!r} has {key}={given}, the encoders give {value}")
        return head

    def _freeze_unused(self) -> None:
        used = {use for head in self._heads() for use in head.uses}
        self.image_encoder.freeze_unused(
            stages="image.stages" in used, embedding="image.embedding" in used
        )
        if self.text_encoder is not None:
            self.text_encoder.freeze_unused(
                tokens="text.tokens" in used, embedding="text.embedding" in used
            )
        elif any(use.startswith("text.") for use in used):
            raise InputError("a head reads texts, but text_encoder is None")
