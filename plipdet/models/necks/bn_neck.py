"""BNNeck: a batch norm between what distances and what classifiers read."""

from __future__ import annotations

from torch import nn

from plipdet.registry import MODELS
from plipdet.structures import ImageFeatures, ReIDFeatures

from .reid_neck import ReIDNeck


@MODELS.register_module()
class BNNeck(ReIDNeck):
    """Losses on distances read the embedding as it is; classifiers and retrieval, its batch norm.

    Luo et al., "Bag of Tricks", CVPRW 2019, "BNNeck". The norm has no bias, so that classes lie
    around the origin, as the cosine likes them.

    Args:
        in_dim: Width D of the encoder's embedding.
    """

    uses = frozenset({"image.embedding"})

    def __init__(self, in_dim: int) -> None:
        super().__init__()
        self.in_dim = self.embed_dim = in_dim
        self.metric_dims = self.classified_dims = (in_dim,)
        self.norm = nn.BatchNorm1d(in_dim)
        self.norm.bias.requires_grad_(False)

    def forward(self, features: ImageFeatures) -> ReIDFeatures:
        """Return the features of B pictures, all of width D."""
        pooled = features.embedding
        normed = self.norm(pooled)
        return ReIDFeatures(metric=(pooled,), classified=(normed,), embedding=normed)

    def freeze_unused(self, *, metric: bool, classified: bool) -> None:
        """Freeze the norm's factors where nothing classifies; it still takes its statistics."""
        self.norm.weight.requires_grad_(classified)
