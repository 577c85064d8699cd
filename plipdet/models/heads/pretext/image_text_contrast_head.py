"""ImageTextContrastHead: a picture and its own caption alike, unlike those of all others."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from plipdet.distributed import gather_with_grad, rank
from plipdet.errors import InputError
from plipdet.functional.contrastive import info_nce
from plipdet.models.views import Views
from plipdet.registry import MODELS
from plipdet.structures import LossTerms, PersonBatch

from .pretext_head import PretextHead


@MODELS.register_module()
class ImageTextContrastHead(PretextHead):
    """Symmetric InfoNCE over the pairs of all ranks, whatever their identities.

    VAL-PAT (arXiv 2304.05554) names the objective; the form is CLIP's (Radford et al., arXiv
    2103.00020, Figure 3), the mean of both directions, at a temperature that is learned.

    Args:
        temperature: Divides the cosine in the beginning, above 0.
        max_scale: The largest inverse temperature that can be learned; the least is 1.
        max_logits: Similarities held at a time, as for ``IdentityContrastHead``.
        loss_weight: Factor of the loss in the task's sum.

    Raises:
        InputError: If a value is outside of its range.
    """

    uses = frozenset({"image.embedding", "text.embedding"})
    couples = frozenset({"image", "text"})

    def __init__(
        self,
        *,
        temperature: float = 0.07,
        max_scale: float = 100.0,
        max_logits: int = 2**21,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        if max_scale < 1 or not 1 / max_scale <= temperature <= 1:
            raise InputError(
                f"temperature is {temperature}, max_scale {max_scale}; the inverse temperature "
                "begins and stays from 1 to max_scale"
            )
        if max_logits < 1:
            raise InputError(f"max_logits is {max_logits}; 1 or more similarities at a time")
        self.max_scale = max_scale
        self.max_logits = max_logits
        self.log_scale = nn.Parameter(torch.tensor([-math.log(temperature)]))

    def loss(self, views: Views, batch: PersonBatch) -> LossTerms:
        """Return the mean of both directions over this rank's pairs."""
        image, text = views.image.embedding, views.text.embedding  # (B, D), (B, D)
        if image.shape[1] != text.shape[1]:
            raise InputError(
                f"picture embeddings have {image.shape[1]} numbers, text embeddings "
                f"{text.shape[1]}; set the image encoder's embed_dim to {text.shape[1]}"
            )
        if self.training:
            with torch.no_grad():  # clamped itself: a clamped use of it would stop its gradient
                self.log_scale.clamp_(0, math.log(self.max_scale))
        wide = torch.promote_types(image.dtype, torch.float32)
        with torch.autocast(image.device.type, enabled=False):
            to_text, to_image, temperature = self._both_ways(image.to(wide), text.to(wide))
        metrics = {
            "image_to_text": to_text.detach(),
            "text_to_image": to_image.detach(),
            "temperature": temperature.detach().squeeze(),
        }
        return LossTerms((to_text + to_image) / 2, metrics)

    def _both_ways(self, image: Tensor, text: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        temperature = (-self.log_scale).exp().to(image.dtype)
        pairs = torch.arange(len(image), device=image.device) + rank() * len(image)

        def one_way(anchors: Tensor, candidates: Tensor) -> Tensor:
            everywhere = gather_with_grad(candidates)  # (N, D)
            return info_nce(
                anchors,
                everywhere,
                anchor_ids=pairs,
                candidate_ids=torch.arange(len(everywhere), device=image.device),
                temperature=temperature,
                chunk=max(1, self.max_logits // len(everywhere)),
            )

        return one_way(image, text), one_way(text, image), temperature
