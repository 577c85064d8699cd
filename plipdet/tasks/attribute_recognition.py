"""AttributeRecognitionTask: which attributes a picture of a person shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from torch import Tensor

from plipdet.errors import InputError, near
from plipdet.models.heads.attribute import AttributeScorer
from plipdet.registry import TASKS
from plipdet.structures import PersonBatch

from .pretraining import PretrainingTask


@TASKS.register_module()
class AttributeRecognitionTask(PretrainingTask):
    """Attributes of people, by a classifier of each or by phrases.

    Heads train it, among them those of pre-training; one of them answers. Encoders are named as
    in pre-training, so their weights can be taken over.

    Args:
        image_encoder: Module or config.
        text_encoder: Module or config; ``None`` when no head reads texts.
        heads: Heads or their configs by name, as :class:`PretrainingTask` has them, at least one
            an :class:`~plipdet.models.heads.attribute.AttributeScorer`.
        answers: Name of the head that answers; ``None`` where only one can.
        data_preprocessor: Module or config; ``None`` normalises as PLIP does.
        micro_batch_size: Encode this many samples at a time; ``None`` for the batch at once.
        linear_probe: Leave the encoders as they are, batch statistics too, and train only what
            the heads have of their own.

    Raises:
        InputError: If there is no head that answers, several and none is named, or one does not
            fit.
    """

    def __init__(
        self,
        image_encoder: Any,
        text_encoder: Any = None,
        *,
        heads: Mapping[str, Any],
        answers: str | None = None,
        data_preprocessor: Any = None,
        micro_batch_size: int | None = None,
        linear_probe: bool = False,
    ) -> None:
        super().__init__(
            image_encoder,
            text_encoder,
            heads=heads,
            data_preprocessor=data_preprocessor,
            micro_batch_size=micro_batch_size,
        )
        self.answers = self._answering(answers)
        self.linear_probe = linear_probe
        if linear_probe:
            for encoder in self._encoding_modules():
                encoder.requires_grad_(False)
        self.train()

    @property
    def scorer(self) -> AttributeScorer:
        """The head that answers."""
        return cast(AttributeScorer, self.heads[self.answers])

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """What the answers are about, in their order; empty if nothing has been met or asked."""
        return self.scorer.attribute_names

    def ask(self, names: Sequence[str]) -> None:
        """Say which attributes are asked for; a head that was trained knows its own.

        Args:
            names: Of a data set's attributes, or phrases.
        """
        self.scorer.ask(names)

    def refer(self, image: Tensor) -> None:
        """Show pictures without labels to a head that was not trained, see its class.

        Args:
            image: Their embeddings, not normalised, shape (N, D).
        """
        self.scorer.refer(image, self._encode_texts)

    def protocol(self) -> dict[str, str]:
        """Return, in words, what of the task changes a result."""
        probe = {"linear_probe": "encoders as they were"} if self.linear_probe else {}
        return {**super().protocol(), "decision": self.scorer.rule(), **probe}

    def train(self, mode: bool = True) -> AttributeRecognitionTask:
        """Set the mode; encoders that nothing trains stay in eval, as dropout is of no use there.

        The image encoder does so under a linear probe only: it may learn its batch statistics.
        """
        super().train(mode)
        if getattr(self, "linear_probe", False):
            self.image_encoder.eval()
        text = self.text_encoder
        if text is not None and not any(p.requires_grad for p in text.parameters()):
            text.eval()
        return self

    def _predict(self, batch: PersonBatch) -> dict[str, Tensor]:
        """Return what the base class does, and "attributes": probabilities, shape (B, A)."""
        found = super()._predict(batch)
        if "image" in found and self.attribute_names:
            logits = self.scorer.logits(found["image"], self._encode_texts)
            found["attributes"] = logits.float().sigmoid()
        return found

    def _encode_texts(self, token_ids: Tensor, token_mask: Tensor) -> Tensor:
        return self.embed_texts(token_ids, token_mask)

    def _answering(self, name: str | None) -> str:
        can = [key for key, head in self.heads.items() if isinstance(head, AttributeScorer)]
        if name is None and len(can) == 1:
            return can[0]
        if name not in can:
            raise InputError(
                f"answers = {name!r} of AttributeRecognitionTask{near(str(name), can)}; name the "
                f"head that answers: {can or 'none of its heads scores attributes'}"
            )
        return name
