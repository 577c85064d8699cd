"""ModalityGate: channels of a map, weighed by the map and a sentence."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ModalityGate(nn.Module):
    """The multi-modal squeeze-and-excitation (MSE) block of PLIP.

    PLIP (arXiv 2305.08386), A.6.2 and the authors' early code: average pool and sigmoid;
    section 2.1: max pool and softmax.

    Args:
        channels: Channels C of the map.
        text_dim: Width D of the sentence's vector.
        pool: How the map becomes a vector.
        gate: How the C scores become weights.
    """

    def __init__(
        self,
        channels: int,
        text_dim: int,
        *,
        pool: Literal["average", "max"],
        gate: Literal["sigmoid", "softmax"],
    ) -> None:
        super().__init__()
        self.pool = pool
        self.gate = gate
        self.fc1 = nn.Linear(channels + text_dim, channels)
        self.fc2 = nn.Linear(channels, channels)
        for layer in (self.fc1, self.fc2):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(layer.bias)

    def forward(self, features: Tensor, text: Tensor) -> Tensor:
        """Return the weighed map.

        Args:
            features: Shape (B, C, H, W).
            text: Shape (B, D).
        """
        spatial = (2, 3)
        pooled = features.mean(spatial) if self.pool == "average" else features.amax(spatial)
        scores = self.fc2(F.relu(self.fc1(torch.cat([pooled, text.to(pooled.dtype)], dim=1))))
        weights = scores.sigmoid() if self.gate == "sigmoid" else scores.softmax(dim=1)  # (B, C)
        return features * weights[:, :, None, None]
