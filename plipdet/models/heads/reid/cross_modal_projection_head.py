"""CrossModalProjectionHead: CMPM and CMPC, the paper's losses for text-based Re-ID."""

from __future__ import annotations

import numpy as np
import torch

from plipdet.errors import InputError
from plipdet.functional.contrastive import cross_modal_projection_classification
from plipdet.models.views import Views
from plipdet.registry import MODELS
from plipdet.structures import LossTerms, PersonBatch

from ..identity_classes import IdentityClasses
from ..pretext import IdentityContrastHead, PretextHead


@MODELS.register_module()
class CrossModalProjectionHead(PretextHead):
    """Matches projections across ranks and classifies the identity of each projected embedding.

    Zhang and Lu, "Deep Cross-Modal Projection Learning", ECCV 2018: CMPM (Eq. 2-6) plus CMPC
    (section 3.3), which PLIP (arXiv 2305.08386) fine-tunes with.

    Args:
        image_dim: Width D of the picture's embedding.
        text_dim: Width of the text embedding, the same.
        max_logits: Similarities held at a time, as :class:`IdentityContrastHead` has it.
        loss_weight: Factor of the loss in the task's sum.

    Raises:
        InputError: If the widths differ.
    """

    uses = frozenset({"image.embedding", "text.embedding"})
    couples = frozenset({"image", "text"})
    needs_identities = True

    def __init__(
        self,
        *,
        image_dim: int = 768,
        text_dim: int = 768,
        max_logits: int = 2**21,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        if image_dim != text_dim:
            raise InputError(
                f"CrossModalProjectionHead projects embeddings onto each other; image_dim is "
                f"{image_dim}, text_dim {text_dim}. Set the image encoder's embed_dim to {text_dim}"
            )
        self.image_dim = image_dim
        self.text_dim = text_dim
        self.matching = IdentityContrastHead("cmpm", max_logits=max_logits)
        # Columns of length about 1: they are normalised, so much shorter ones would turn round
        # within one step of an optimizer whose steps do not shrink with them.
        self.classes = IdentityClasses(image_dim, std=image_dim**-0.5)

    def meet_identities(self, identities: np.ndarray) -> None:
        """Make a column of the classifier for each identity."""
        self.classes.meet(identities)

    def loss(self, views: Views, batch: PersonBatch) -> LossTerms:
        """Return CMPM against the candidates of all ranks, plus CMPC of this rank's pairs.

        Raises:
            InputError: If the source has no identities.
        """
        matching = self.matching.loss(views, batch)
        image, text = views.image.embedding, views.text.embedding  # (B, D), (B, D)
        columns, labels = self.classes.columns(), self.classes.labels(batch.person_ids)
        wide = torch.promote_types(image.dtype, torch.float32)
        with torch.autocast(image.device.type, enabled=False):
            classification = cross_modal_projection_classification(
                image.to(wide), text.to(wide), labels=labels, weight=columns.T.to(wide)
            )
        metrics = {
            "matching": matching.loss.detach(),
            "classification": classification.detach(),
        }
        return LossTerms(matching.loss + classification, metrics)
