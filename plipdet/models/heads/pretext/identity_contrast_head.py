"""IdentityContrastHead: identity-based vision-language contrast."""

from __future__ import annotations

from functools import partial
from typing import Literal

import torch
from torch import Tensor

from plipdet.distributed import gather_with_grad
from plipdet.errors import InputError, near
from plipdet.functional import contrastive
from plipdet.models.views import Views
from plipdet.registry import MODELS
from plipdet.structures import LossTerms, PersonBatch

from .pretext_head import PretextHead

_TEMPERATURES = {"cmpm": None, "cosine": 1.0, "sdm": 0.02, "infonce": 0.07}


@MODELS.register_module()
class IdentityContrastHead(PretextHead):
    """Pulls pictures and captions of one identity together, over the batches of all ranks.

    PLIP (arXiv 2305.08386), section 2.3, Eq. (4)-(6) (IVLC; VLM in the first version). The
    equations print a cosine without temperature, which is nearly flat over hundreds of pairs;
    the authors train with CMPM, the default here.

    Args:
        form: "cmpm" (projection logits, target over its Euclidean norm), "cosine" (the equations
            as printed, at temperature 1), "sdm" (IRRA's, at 0.02), "infonce" (at 0.07); see
            :mod:`plipdet.functional.contrastive`.
        temperature: Divides the cosine in the last three forms; ``None`` for the value above.
        max_logits: Similarities held at a time. Where this rank's B pairs against all N have
            more, some anchors after the other are compared, with the same loss and gradient; then
            memory grows with the embeddings, N x D, only.
        loss_weight: Factor of the loss in the task's sum.

    Raises:
        InputError: If the form is unknown, the temperature is not above 0, or given to "cmpm", or
            ``max_logits`` is below 1.
    """

    uses = frozenset({"image.embedding", "text.embedding"})
    couples = frozenset({"image", "text"})

    def __init__(
        self,
        form: Literal["cmpm", "cosine", "sdm", "infonce"] = "cmpm",
        *,
        temperature: float | None = None,
        max_logits: int = 2**21,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        if form not in _TEMPERATURES:
            raise InputError(f"form is {form!r}{near(form, _TEMPERATURES)}; {list(_TEMPERATURES)}")
        if temperature is not None and (form == "cmpm" or temperature <= 0):
            raise InputError(f"temperature is {temperature}; above 0, and form 'cmpm' has none")
        if max_logits < 1:
            raise InputError(f"max_logits is {max_logits}; 1 or more similarities at a time")
        self.form = form
        self.max_logits = max_logits
        value = _TEMPERATURES[form] if temperature is None else temperature
        if value is None:
            self._one_way = contrastive.cross_modal_projection_matching
        elif form == "infonce":
            self._one_way = partial(contrastive.info_nce, temperature=value)
        else:
            self._one_way = partial(contrastive.similarity_distribution_matching, temperature=value)

    def loss(self, views: Views, batch: PersonBatch) -> LossTerms:
        """Return picture-to-text plus text-to-picture loss, the mean over this rank's pairs.

        Raises:
            InputError: If the source has no identities.
        """
        if batch.person_ids is None:
            raise InputError("IdentityContrastHead needs person_ids; this source has none")
        image, text = views.image.embedding, views.text.embedding  # (B, D), (B, D)
        if image.shape[1] != text.shape[1]:
            raise InputError(
                f"picture embeddings have {image.shape[1]} numbers, text embeddings "
                f"{text.shape[1]}; set the image encoder's embed_dim to {text.shape[1]}"
            )
        # Logits reach tens and their exponentials are summed over all ranks: too much for half.
        wide = torch.promote_types(image.dtype, torch.float32)
        with torch.autocast(image.device.type, enabled=False):
            to_text, to_image = self._both_ways(image.to(wide), text.to(wide), batch.person_ids)
        metrics = {"image_to_text": to_text.detach(), "text_to_image": to_image.detach()}
        return LossTerms(to_text + to_image, metrics)

    def _both_ways(self, image: Tensor, text: Tensor, ids: Tensor) -> tuple[Tensor, Tensor]:
        all_image, all_text = gather_with_grad(image), gather_with_grad(text)  # (N, D), (N, D)
        all_ids = gather_with_grad(ids)  # (N,)
        chunk = max(1, self.max_logits // len(all_ids))
        one_way = partial(self._one_way, anchor_ids=ids, candidate_ids=all_ids, chunk=chunk)
        return one_way(image, all_text), one_way(text, all_image)
