"""AttentionPooling: one attention whose query is the mean of the map."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.registry import MODELS


@MODELS.register_module()
class AttentionPooling(nn.Module):
    """Multi-head attention over the map, queried by its mean.

    CLIP (arXiv 2103.00020), section 2.4; the pooling of PLIP's published (first-version)
    weights, whose names are kept. A map of another size than ``map_size`` is an error: the
    position embedding is learned for one size.

    Args:
        in_channels: Channels C of the map, a multiple of ``num_heads``.
        embed_dim: Width D of the embedding.
        num_heads: Attention heads.
        map_size: Height and width of the map; (8, 4) for pictures of 256x128 at stride 32.

    Raises:
        InputError: If the heads do not divide the channels.
    """

    def __init__(
        self,
        in_channels: int,
        embed_dim: int,
        *,
        num_heads: int = 8,
        map_size: tuple[int, int] = (8, 4),
    ) -> None:
        super().__init__()
        if in_channels % num_heads:
            raise InputError(f"num_heads is {num_heads}, which does not divide {in_channels}")
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.map_size = tuple(map_size)
        positions = map_size[0] * map_size[1] + 1
        scale = in_channels**-0.5
        self.positional_embedding = nn.Parameter(torch.randn(positions, in_channels) * scale)
        self.k_proj = nn.Linear(in_channels, in_channels)
        self.q_proj = nn.Linear(in_channels, in_channels)
        self.v_proj = nn.Linear(in_channels, in_channels)
        self.c_proj = nn.Linear(in_channels, embed_dim)
        for layer in (self.k_proj, self.q_proj, self.v_proj, self.c_proj):
            nn.init.normal_(layer.weight, std=scale)

    def forward(self, features: Tensor) -> Tensor:
        """Return embeddings of shape (B, D) for a map of shape (B, C, H, W).

        Raises:
            InputError: If the map is not of ``map_size``.
        """
        if tuple(features.shape[2:]) != self.map_size:
            raise InputError(
                f"AttentionPooling has map_size={self.map_size}, the pictures give a map of "
                f"{tuple(features.shape[2:])}; set map_size to it"
            )
        tokens = features.flatten(2).transpose(1, 2)  # (B, H*W, C)
        tokens = torch.cat([tokens.mean(dim=1, keepdim=True), tokens], dim=1)
        tokens = tokens + self.positional_embedding.to(tokens.dtype)
        query = self._heads(self.q_proj(tokens[:, :1]))  # (B, heads, 1, C/heads)
        key, value = self._heads(self.k_proj(tokens)), self._heads(self.v_proj(tokens))
        pooled = F.scaled_dot_product_attention(query, key, value)
        return self.c_proj(pooled.flatten(1))

    def _heads(self, tokens: Tensor) -> Tensor:
        return tokens.unflatten(2, (self.num_heads, -1)).transpose(1, 2)
