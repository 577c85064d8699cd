"""TwoLevelEmbedding: what a region shows before and after the head, in one vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.registry import MODELS


@MODELS.register_module()
class TwoLevelEmbedding(nn.Module):
    """Maxima of a region and of its head's map, each through a linear map and a batch norm.

    The embedding of NAE (Chen et al., "Norm-Aware Embedding for Efficient Person Search", CVPR
    2020) and SeqNet (Li and Miao, AAAI 2021): half of its width comes from either level.

    Args:
        channels: Of the region.
        map_channels: Of the head's map.
        embed_dim: Width D, even.

    Raises:
        InputError: If ``embed_dim`` is odd.
    """

    def __init__(self, channels: int, map_channels: int, *, embed_dim: int = 256) -> None:
        super().__init__()
        if embed_dim < 2 or embed_dim % 2:
            raise InputError(f"embed_dim = {embed_dim} of TwoLevelEmbedding; expected an even one")
        self.embed_dim = embed_dim
        self.of_region = _projection(channels, embed_dim // 2)
        self.of_map = _projection(map_channels, embed_dim // 2)

    def forward(self, regions: Tensor, maps: Tensor) -> Tensor:
        """Return embeddings, not normalised, shape (R, D).

        Args:
            regions: Shape (R, C, h, w).
            maps: What the head made of them, shape (R, C', h', w').
        """
        low = self.of_region(regions.amax(dim=(2, 3)))
        return torch.cat([low, self.of_map(maps.amax(dim=(2, 3)))], dim=1)


def _projection(channels: int, dim: int) -> nn.Sequential:
    linear, norm = nn.Linear(channels, dim), nn.BatchNorm1d(dim)
    nn.init.normal_(linear.weight, std=0.01)
    nn.init.zeros_(linear.bias)
    nn.init.normal_(norm.weight, std=0.01)  # as in NAE: norms begin small, as of background
    return nn.Sequential(linear, norm)
