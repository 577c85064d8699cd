"""A pretext head outside the package: do this picture and this sentence show the same person?"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from plipdet.errors import InputError
from plipdet.models.heads.pretext import PretextHead
from plipdet.models.views import Views
from plipdet.registry import MODELS
from plipdet.structures import LossTerms, PersonBatch


@MODELS.register_module()
class ImageTextMatchingHead(PretextHead):
    """Binary classification of picture-sentence pairs, after ALBEF (arXiv 2107.07651, Eq. 4).

    Each picture is paired with its own sentence and with the most similar sentence of another
    identity in the batch (the hard negative of that paper, section 3.2, chosen greedily).

    Args:
        image_dim: Width of the picture embedding.
        text_dim: Width of the text embedding; equal to ``image_dim``.
        hidden_dim: Width of the classifier's hidden layer.
        loss_weight: Factor of this head in the total loss.
    """

    uses = frozenset({"image.embedding", "text.embedding"})
    couples = frozenset({"image", "text"})  # the hardest negative is sought in the whole batch

    def __init__(
        self,
        *,
        image_dim: int = 768,
        text_dim: int = 768,
        hidden_dim: int = 256,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        self.image_dim = image_dim
        self.text_dim = text_dim
        self.classifier = nn.Sequential(
            nn.Linear(image_dim + text_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, 1)
        )

    def loss(self, views: Views, batch: PersonBatch) -> LossTerms:
        """Return the mean cross-entropy over 2B pairs and the share classified right."""
        if batch.person_ids is None:
            raise InputError("ImageTextMatchingHead needs person_ids; this source has none")
        image, text = views.image.embedding, views.text.embedding  # (B, D), (B, D)
        negative = hardest_negatives(image.detach(), text.detach(), batch.person_ids)  # (B,)
        logits = torch.cat([self._score(image, text), self._score(image, text[negative])])
        targets = torch.cat([torch.ones(len(image)), torch.zeros(len(image))]).to(logits)
        accuracy = ((logits > 0) == (targets > 0.5)).float().mean()
        loss = F.binary_cross_entropy_with_logits(logits, targets)
        return LossTerms(loss=loss, metrics={"accuracy": accuracy.detach()})

    def _score(self, image: Tensor, text: Tensor) -> Tensor:
        pair = torch.cat([F.normalize(image, dim=1), F.normalize(text, dim=1)], dim=1)
        return self.classifier(pair).squeeze(1)


def hardest_negatives(image: Tensor, text: Tensor, person_ids: Tensor) -> Tensor:
    """Return for each picture the most similar sentence of another identity.

    Args:
        image: Image embeddings, shape (B, D).
        text: Text embeddings, shape (B, D).
        person_ids: Identity of each pair, shape (B,).

    Raises:
        InputError: If the batch holds a single identity.
    """
    same = person_ids[:, None] == person_ids[None, :]  # (B, B)
    if bool(same.all()):
        raise InputError("a batch of one identity has no negatives; use a larger batch_size")
    similarity = F.normalize(image, dim=1) @ F.normalize(text, dim=1).T  # (B, B)
    return similarity.masked_fill(same, -torch.inf).argmax(dim=1)
