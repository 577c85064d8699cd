"""GlobalAveragePooling: mean over the map, and nothing else."""

from __future__ import annotations

from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.registry import MODELS


@MODELS.register_module()
class GlobalAveragePooling(nn.Module):
    """Mean over the map: the embedding has the map's channels, as is usual for Re-ID.

    Args:
        in_channels: Channels C of the map.
        embed_dim: Width D of the embedding, the same.

    Raises:
        InputError: If the two differ.
    """

    def __init__(self, in_channels: int, embed_dim: int) -> None:
        super().__init__()
        if embed_dim != in_channels:
            raise InputError(
                f"GlobalAveragePooling gives {in_channels} numbers, the channels of the map; set "
                f"embed_dim = {in_channels} in place of {embed_dim}"
            )
        self.embed_dim = embed_dim

    def forward(self, features: Tensor) -> Tensor:
        """Return embeddings of shape (B, C) for a map of shape (B, C, H, W)."""
        return features.mean(dim=(2, 3))
