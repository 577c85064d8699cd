"""AveragePooling: mean over the map, then a linear map."""

from __future__ import annotations

from torch import Tensor, nn

from plipdet.registry import MODELS


@MODELS.register_module()
class AveragePooling(nn.Module):
    """Mean over the map, then a linear map; PLIP's ablation (arXiv 2305.08386, Tab. 16).

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
        return self.proj(features.mean(dim=(2, 3)))
