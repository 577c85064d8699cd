"""PromptAttributeHead: which attributes a picture shows, by what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plipdet.errors import InputError, near
from plipdet.models.views import Views
from plipdet.registry import MODELS, TRANSFORMS, build
from plipdet.structures import AttributeFacts, LossTerms, PersonBatch

from ..attribute_terms import attribute_terms
from ..known_attributes import KnownAttributes
from ..pretext import PretextHead
from .attribute_phrases import PERSON, phrase_of
from .attribute_scorer import EncodeTexts


class Reference(NamedTuple):
    """Cosines of pictures without labels, of each phrase: mean and deviation, shape (A,)."""

    mean: Tensor
    deviation: Tensor


class PromptScale(KnownAttributes):
    """Cosines of pictures and phrases to logits, once there are training data.

    A cosine is compared to those of other pictures with the same phrase (batch norm without
    factors); then follow one factor for all attributes and an addend for each.
    """

    def __init__(self) -> None:
        super().__init__()
        self.norm: nn.BatchNorm1d | None = None
        self.register_parameter("scale", None)
        self.register_parameter("bias", None)

    def meet(self, facts: AttributeFacts) -> None:
        """Make the weights; at first an attribute is as probable as it is frequent."""
        super().meet(facts)
        share = self.positive_share
        assert share is not None, "the attributes have just been met"
        self.norm = nn.BatchNorm1d(len(facts.names), affine=False).train(self.training)
        self.scale = nn.Parameter(torch.ones(1))
        self.bias = nn.Parameter(torch.logit(share, eps=0.01))

    def forward(self, cosines: Tensor) -> Tensor:
        """Return logits, shape (B, A), of cosines of the same shape."""
        assert self.norm is not None, "attributes have been met"
        return self.scale * self.norm(cosines) + self.bias


@MODELS.register_module()
class PromptAttributeHead(PretextHead):
    """Attributes by the cosine of a picture's embedding and that of a phrase for each.

    Trained on labels, it learns what cosine means "yes" for each attribute, and fine-tunes the
    encoders. Not trained, it answers for any phrase: "yes" where the cosine is above the mean of
    pictures without labels, or, where there are none, above that of the ``contrast`` phrase.

    Args:
        tokenizer: Cuts phrases into word pieces, or its config.
        image_dim: Width D of the picture's embedding.
        text_dim: Width of the text embedding, the same.
        phrases: Phrase of an attribute by its name, in place of those of
            :func:`~plipdet.models.heads.attribute.attribute_phrases.phrase_of`.
        contrast: What a phrase is held against without other pictures.
        train_texts: Whether training changes the text encoder; otherwise the phrases stay as they
            were embedded, which saves time.
        sharpness: Factor from a difference of cosines to a logit, untrained.
        loss_weight: Factor of the loss in the task's sum.

    Raises:
        InputError: If the widths differ, or a phrase is no text.
    """

    couples = frozenset()
    needs_attributes = True

    def __init__(
        self,
        tokenizer: Any,
        *,
        image_dim: int = 768,
        text_dim: int = 768,
        phrases: Mapping[str, str] | None = None,
        contrast: str = PERSON,
        train_texts: bool = True,
        sharpness: float = 20.0,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        if image_dim != text_dim:
            raise InputError(
                f"PromptAttributeHead compares pictures and phrases; image_dim is {image_dim}, "
                f"text_dim {text_dim}. Set the image encoder's embed_dim to {text_dim}"
            )
        for name, phrase in {**(phrases or {}), "contrast": contrast}.items():
            if not isinstance(phrase, str) or not phrase.strip():
                raise InputError(f"PromptAttributeHead asks {phrase!r} for {name!r}; name a phrase")
        self.tokenizer = build(tokenizer, TRANSFORMS)
        self.image_dim = image_dim
        self.text_dim = text_dim
        self.phrases = dict(phrases or {})
        self.contrast = contrast
        self.train_texts = train_texts
        self.sharpness = sharpness
        self.scale = PromptScale()
        self._asked: tuple[str, ...] = ()
        self._reference: Reference | None = None
        self._tokens: tuple[Tensor, Tensor] | None = None
        self._texts: Tensor | None = None

    @property
    def uses(self) -> frozenset[str]:  # type: ignore[override]
        """What the loss depends on."""
        texts = {"text.embedding"} if self.train_texts else set()
        return frozenset({"image.embedding"} | texts)

    def meet_attributes(self, facts: AttributeFacts) -> None:
        """Make the weights of the attributes."""
        self._forget()
        self._check_phrases(facts.names)
        self.scale.meet(facts)

    def meet_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Make weights for the attributes that a file was trained on."""
        start = "scale."
        own = {k.removeprefix(start): v for k, v in weights.items() if k.startswith(start)}
        self._forget()
        self.scale.meet_weights(own)

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """What is scored: the attributes of the training data, else those last asked for."""
        return self.scale.attribute_names or self._asked

    def ask(self, names: Sequence[str]) -> None:
        """Say which attributes, or which phrases, a head that was not trained shall score."""
        if tuple(names) != self._asked:
            self._check_phrases(names)
            self._forget()
            self._asked = tuple(names)

    @torch.no_grad()
    def refer(self, image: Tensor, encode_texts: EncodeTexts) -> None:
        """Take the border of "yes", untrained, from pictures without labels.

        Args:
            image: Their embeddings, not normalised, shape (N, D).
            encode_texts: Word pieces and their mask to embeddings.
        """
        cosines = self._cosines(image, encode_texts)[:, :-1]
        deviation = cosines.std(dim=0, correction=0)
        self._reference = Reference(cosines.mean(dim=0), deviation.clamp(min=1e-6))

    def logits(self, image: Tensor, encode_texts: EncodeTexts) -> Tensor:
        """Return a logit for each attribute, shape (B, A).

        Args:
            image: Embeddings, not normalised, shape (B, D).
            encode_texts: Word pieces and their mask to embeddings.

        Raises:
            InputError: If no attribute has been asked for.
        """
        cosines = self._cosines(image, encode_texts)
        cosines, contrast = cosines[:, :-1], cosines[:, -1:]
        if self.scale.has_met:
            return self.scale(cosines)
        if self._reference is not None:
            return (cosines - self._reference.mean) / self._reference.deviation
        return self.sharpness * (cosines - contrast)

    def loss(self, views: Views, batch: PersonBatch) -> LossTerms:
        """Return the weighted cross-entropy over known labels, and their number.

        Raises:
            InputError: If the source has no attribute labels.
        """
        logits = self.logits(views.image.embedding, views.encode_texts)
        share = self.scale.positive_share
        return attribute_terms(logits, batch.attribute_labels, share, asker=type(self).__name__)

    def rule(self) -> str:
        """Return in words how "yes" and "no" are told apart."""
        if self.scale.has_met:
            return "probability from the cosine of picture and phrase, trained on labels"
        if self._reference is not None:
            return "cosine above its mean over pictures without labels; nothing trained on labels"
        return f"cosine above that of {self.contrast!r}; nothing trained on labels"

    def train(self, mode: bool = True) -> PromptAttributeHead:
        """Set the mode; what was kept of the text encoder is made anew."""
        self._texts = None
        return super().train(mode)

    def _load_from_state_dict(self, *arguments: Any, **options: Any) -> None:
        self._forget()  # weights of the text encoder come along
        super()._load_from_state_dict(*arguments, **options)

    def _check_phrases(self, names: Sequence[str]) -> None:
        """Refuse a phrase for a name that is nearly one of these, and none of them."""
        for name in self.phrases:
            if name not in names and near(name, names):
                raise InputError(
                    f"PromptAttributeHead has a phrase for {name!r}, which is no attribute of the "
                    f"data{near(name, names)}"
                )

    def _forget(self) -> None:
        """Forget what other phrases, or other weights, gave."""
        self._reference = self._tokens = self._texts = None

    def _cosines(self, image: Tensor, encode_texts: EncodeTexts) -> Tensor:
        """Return the cosines with each phrase, and with the contrast at last, (B, A + 1)."""
        texts = self._embedded(image.device, encode_texts)
        wide = torch.promote_types(image.dtype, torch.float32)
        with torch.autocast(image.device.type, enabled=False):
            return F.normalize(image.to(wide), dim=1) @ F.normalize(texts.to(wide), dim=1).T

    def _embedded(self, device: torch.device, encode_texts: EncodeTexts) -> Tensor:
        """Return the embeddings of phrases and contrast, (A + 1, D), kept while they stay."""
        if self._texts is not None and self._texts.device == device:
            return self._texts
        if self._tokens is None:
            self._tokens = self._cut()
        ids, mask = (tokens.to(device) for tokens in self._tokens)
        texts = encode_texts(ids, mask)
        if not texts.requires_grad and not (self.training and self.train_texts):
            self._texts = texts
        return texts

    def _cut(self) -> tuple[Tensor, Tensor]:
        """Return the word pieces of phrases and contrast, and their mask, each (A + 1, L)."""
        if not self.attribute_names:
            raise InputError("PromptAttributeHead was asked for no attribute; call ask first")
        phrases = [self.phrases.get(name) or phrase_of(name) for name in self.attribute_names]
        cut = [self.tokenizer(phrase)[:2] for phrase in (*phrases, self.contrast)]
        length = max(len(ids) for ids, _ in cut)
        tokens = torch.full((len(cut), length), self.tokenizer.pad_id, dtype=torch.int64)
        masks = torch.zeros(len(cut), length, dtype=torch.bool)
        for line, (ids, mask) in enumerate(cut):
            tokens[line, : len(ids)] = torch.from_numpy(ids)
            masks[line, : len(ids)] = torch.from_numpy(mask)
        return tokens, masks
