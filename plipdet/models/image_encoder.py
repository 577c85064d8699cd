"""ImageEncoder: a backbone and a pooling."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.registry import MODELS, build
from plipdet.structures import ImageFeatures


@MODELS.register_module()
class ImageEncoder(nn.Module):
    """Pictures to maps and one embedding each.

    Args:
        backbone: Module, or its config, with ``stage_channels``, that returns a tuple of maps.
        pooling: Module, or its config, that makes the embedding from the last map; a config may
            leave out ``in_channels`` and ``embed_dim``.
        embed_dim: Width D of the embedding.
        channels_last: Keep maps in channels-last memory, which convolutions run faster on, on
            GPUs with mixed precision and on CPUs; the values are the same up to rounding.
        activation_checkpointing: Keep only the input of each of the backbone's blocks for the
            backward pass and compute the rest again there, for less memory and the same gradients.

    Raises:
        InputError: If a built pooling has another ``embed_dim``, or the backbone cannot compute
            its activations again.
    """

    def __init__(
        self,
        backbone: Any,
        pooling: Any,
        *,
        embed_dim: int = 768,
        channels_last: bool = False,
        activation_checkpointing: bool = False,
    ) -> None:
        super().__init__()
        self.backbone = build(backbone, MODELS)
        self.pooling = build(
            pooling,
            MODELS,
            in_channels=self.backbone.stage_channels[-1],
            embed_dim=embed_dim,
        )
        if self.pooling.embed_dim != embed_dim:
            raise InputError(
                f"embed_dim is {embed_dim}, but the pooling given has {self.pooling.embed_dim}"
            )
        self.embed_dim = embed_dim
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format
        self.backbone.to(memory_format=self.memory_format)
        self.activation_checkpointing = False
        if activation_checkpointing:
            self.checkpoint_activations(True)

    @property
    def stage_channels(self) -> tuple[int, ...]:
        """Channels of each map."""
        return tuple(self.backbone.stage_channels)

    def forward(self, images: Tensor) -> ImageFeatures:
        """Encode normalised pictures of shape (B, 3, H, W)."""
        stages = tuple(self.backbone(images.contiguous(memory_format=self.memory_format)))
        return ImageFeatures(stages, self.pooling(stages[-1]))

    def checkpoint_activations(self, on: bool) -> None:
        """Turn on or off that activations are computed again in the backward pass.

        Raises:
            InputError: If the backbone cannot do that.
        """
        turn = getattr(self.backbone, "checkpoint_activations", None)
        if turn is None:
            raise InputError(
                f"{type(self.backbone).__name__} has no checkpoint_activations; leave out "
                "activation_checkpointing, or derive it from plipdet.models.Backbone"
            )
        turn(on)
        self.activation_checkpointing = on

    def freeze_unused(self, *, stages: bool, embedding: bool, last_stage: bool = False) -> None:
        """Freeze what no head reads, so that every trainable parameter gets a gradient.

        Args:
            stages: Whether a head reads the maps.
            embedding: Whether a head reads the embedding.
            last_stage: Whether a head reads the last map.
        """
        if not embedding:
            self.pooling.requires_grad_(False)
        if not stages:
            self.backbone.freeze_side_outputs()
        if not stages and not embedding and not last_stage:
            self.requires_grad_(False)
