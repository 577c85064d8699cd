"""MaxPooling: maximum over the map, then a linear map."""

from __future__ import annotations

from torch import Tensor, nn

from plipdet.registry import MODELS


@MODELS.register_module()
class MaxPooling(nn.Module):
    """Maximum over the map, then a linear map; PLIP's default (arXiv 2305.08386, A.6.1).

    Args:
        in_channels: Channels C of the map.
        embed_dim: Width D of the embedding.
    """

    def __init__(self, in_channels: int, embed_dim: int) -> None:
        super().__init__()
        self.embed_dim = embed_dim
        self.proj = nn.Linear(in_channels, embed_dim)

    def forward(self, features: Tensor) -> Tensor:
        """Return embeddings of shape (B, D) for a map of shape (B, C, H, W)."""
        return self.proj(features.amax(dim=(2, 3)))
