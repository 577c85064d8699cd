"""PretrainingTask: encoders trained by a set of pretext heads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

from torch import nn

from plipdet.errors import InputError
from plipdet.models.embedded_views import EmbeddedViews
from plipdet.models.heads.pretext import PretextHead
from plipdet.models.micro_batches import Encoded, in_micro_batches
from plipdet.models.views import Views
from plipdet.registry import TASKS
from plipdet.structures import LossTerms, PersonBatch

from .fitting import build_fitting
from .person_task import PersonTask


@TASKS.register_module()
class PretrainingTask(PersonTask):
    """An image encoder, a text encoder, and heads whose weighted losses are summed.

    PLIP (arXiv 2305.08386), Eq. (7). What no head uses of the encoders is frozen, so that
    distributed training need not look for unused parameters.

    Args:
        image_encoder: Module or config.
        text_encoder: Module or config; ``None`` when no head reads texts.
        heads: Pretext heads or their configs by name; the name starts their entries in the log.
            A config may leave out ``stage_channels``, ``image_dim``, ``image_encoder``,
            ``text_dim`` and ``vocabulary_size``, which the encoders know.
        data_preprocessor: Module or config; ``None`` normalises as PLIP does.
        micro_batch_size: Encode this many samples at a time, so that memory is that of so small a
            batch, with the loss and the gradient of the whole one; it costs a second forward
            pass. ``None`` encodes the batch at once. See ``docs/training/large_batches.md``.

    Raises:
        InputError: If there is no head, one does not fit the encoders, or one does not say how
            it couples samples where there are micro-batches.
    """

    def __init__(
        self,
        image_encoder: Any,
        text_encoder: Any = None,
        *,
        heads: Mapping[str, Any],
        data_preprocessor: Any = None,
        micro_batch_size: int | None = None,
    ) -> None:
        super().__init__(image_encoder, text_encoder, data_preprocessor=data_preprocessor)
        if not heads:
            name = type(self).__name__
            raise InputError(f"{name} has no heads, so nothing to train; name one or more")
        self.heads = nn.ModuleDict({k: self._build_head(k, v) for k, v in heads.items()})
        self._freeze_unused()
        self.micro_batch_size = micro_batch_size
        if micro_batch_size is not None:
            _check_micro_batches(micro_batch_size, self._pretext_heads())

    def loss_terms(self, batch: PersonBatch) -> dict[str, LossTerms]:
        """Return the loss of each head, by its name, for a normalised batch."""
        size = self.micro_batch_size
        if size is not None and size < len(batch):
            return self._terms_in_parts(batch, size)
        views = self._views(batch)
        return {name: head.loss(views, batch) for name, head in self._pretext_heads().items()}

    def weights_loaded(self, loaded: Collection[str]) -> None:
        """Fill the heads' copies of the encoder, unless they were in the file.

        Args:
            loaded: Names of the weights that were in the file.
        """
        for name, head in self._pretext_heads().items():
            start = f"heads.{name}."
            own = [k.removeprefix(start) for k in loaded if k.startswith(start)]
            head.encoder_loaded(self.image_encoder, own)

    def _pretext_heads(self) -> dict[str, PretextHead]:
        return {name: cast(PretextHead, head) for name, head in self.heads.items()}

    def _views(self, batch: PersonBatch) -> Views:
        return Views(
            batch,
            image_encoder=self.image_encoder,
            text_encoder=self.text_encoder,
            to_gray=self.preprocessor.to_gray,
        )

    def _terms_in_parts(self, batch: PersonBatch, size: int) -> dict[str, LossTerms]:
        """Return each head's loss of the whole batch, of which a part at a time is encoded.

        Heads that couple samples get the embeddings of all; the others run on each part.
        """
        heads = self._pretext_heads()
        coupling = {name: head for name, head in heads.items() if head.couples}
        single = {name: head for name, head in heads.items() if not head.couples}
        names = sorted({view for head in coupling.values() for view in head.couples or ()})

        def encode(part: PersonBatch) -> Encoded:
            views = self._views(part)
            embeddings = {name: getattr(views, name).embedding for name in names}
            return Encoded(embeddings, {n: head.loss(views, part) for n, head in single.items()})

        modules = [*self._encoding_modules(), *single.values()]
        whole = in_micro_batches(encode, batch.split(size), modules=modules)
        views = EmbeddedViews(whole.embeddings)
        coupled = {name: head.loss(views, batch) for name, head in coupling.items()}
        return {**whole.terms, **coupled}

    def _build_head(self, name: str, config: Any) -> PretextHead:
        known: dict[str, Any] = {
            "stage_channels": self.image_encoder.stage_channels,
            "image_dim": self.image_encoder.embed_dim,
            "image_encoder": self.image_encoder,
        }
        if self.text_encoder is not None:
            known["text_dim"] = self.text_encoder.embed_dim
            known["vocabulary_size"] = self.text_encoder.vocabulary_size
        return build_fitting(config, known, name=f"head {name!r}", givers="the encoders")

    def _encoding_modules(self) -> list[nn.Module]:
        """Return what makes the views, for micro-batches."""
        return [e for e in (self.image_encoder, self.text_encoder) if e is not None]

    def _used(self) -> set[str]:
        """Return the outputs of the encoders that some head reads."""
        return {use for head in self._pretext_heads().values() for use in head.uses}

    def _freeze_unused(self) -> None:
        used = self._used()
        self.image_encoder.freeze_unused(
            stages="image.stages" in used,
            embedding="image.embedding" in used,
            last_stage="image.last_stage" in used,
        )
        if self.text_encoder is not None:
            self.text_encoder.freeze_unused(
                tokens="text.tokens" in used, embedding="text.embedding" in used
            )
        elif any(use.startswith("text.") for use in used):
            raise InputError("a head reads texts, but text_encoder is None")


def _check_micro_batches(size: int, heads: Mapping[str, PretextHead]) -> None:
    if not isinstance(size, int) or size < 1:
        raise InputError(f"micro_batch_size is {size!r}; 1 or more, or None for the whole batch")
    for name, head in heads.items():
        if head.couples is None:
            raise InputError(
                f"micro_batch_size needs to know whether the loss of head {name!r} couples the "
                f"samples of a batch; set couples of {type(head).__name__}, as "
                "docs/extend/head.md says"
            )
        more = {use for use in head.uses if not use.endswith(".embedding")}
        if head.couples and more:
            raise InputError(
                f"head {name!r} couples samples and reads {sorted(more)}, of which micro-batches "
                "keep none; set micro_batch_size=None"
            )
