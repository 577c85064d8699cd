"""IdentityClassificationHead: one classifier of identities for pictures and sentences."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from plipdet.errors import InputError
from plipdet.models.views import Views
from plipdet.registry import MODELS
from plipdet.structures import LossTerms, PersonBatch

from ..identity_classes import IdentityClasses
from ..pretext import PretextHead


@MODELS.register_module()
class IdentityClassificationHead(PretextHead):
    """Cross-entropy of the identity, of pictures and of sentences, by the same weights.

    The ID loss of Jiang and Ye, "Cross-Modal Implicit Relation Reasoning and Aligning" (IRRA),
    CVPR 2023, after Zheng et al., "Dual-Path Convolutional Image-Text Embeddings", 2020.

    Args:
        image_dim: Width D of the picture's embedding.
        text_dim: Width of the text embedding, the same.
        loss_weight: Factor of the loss in the task's sum; IRRA's is 0.5.

    Raises:
        InputError: If the widths differ.
    """

    uses = frozenset({"image.embedding", "text.embedding"})
    couples = frozenset()
    needs_identities = True

    def __init__(
        self, *, image_dim: int = 768, text_dim: int = 768, loss_weight: float = 1.0
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        if image_dim != text_dim:
            raise InputError(
                f"IdentityClassificationHead has one classifier for both; image_dim is "
                f"{image_dim}, text_dim {text_dim}. Set the image encoder's embed_dim to {text_dim}"
            )
        self.image_dim = image_dim
        self.text_dim = text_dim
        self.classes = IdentityClasses(image_dim)

    def meet_identities(self, identities: np.ndarray) -> None:
        """Make a column of the classifier for each identity."""
        self.classes.meet(identities)

    def loss(self, views: Views, batch: PersonBatch) -> LossTerms:
        """Return the mean of the pictures' and the sentences' cross-entropy.

        Raises:
            InputError: If the source has no identities.
        """
        columns, labels = self.classes.columns(), self.classes.labels(batch.person_ids)
        image, text = views.image.embedding, views.text.embedding  # (B, D), (B, D)
        logits = F.linear(torch.cat([image, text]), columns)  # (2B, K)
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        hits = (logits.detach().argmax(dim=1) == labels.repeat(2)).to(logits.dtype)
        accuracy = {
            f"{name}_accuracy": own.mean()
            for name, own in zip(("image", "text"), hits.chunk(2), strict=True)
        }
        return LossTerms(F.cross_entropy(logits, labels.repeat(2)), accuracy)
