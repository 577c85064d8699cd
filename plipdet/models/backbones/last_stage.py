"""A copy of the layers between a backbone's last two maps."""

from __future__ import annotations

import copy
from itertools import chain

import torch
from torch import nn
from torch.func import functional_call

from plipdet.errors import InputError

_PROBED = (8, 4)  # height and width of a map to try a stage on


def unstrided_copy(stage: nn.Module, channels: tuple[int, int], *, name: str) -> nn.Module:
    """Return a trainable copy of a convolutional stage that keeps the size of its map.

    Strides become 1; weights and their names stay.

    Args:
        stage: Takes a map (B, C, H, W) and gives another.
        channels: Of the two maps.
        name: Of the backbone, for the message.

    Raises:
        InputError: If the copy does not give a map of the same size, as of networks whose stages
            begin with the merging of patches.
    """
    copied = copy.deepcopy(stage).requires_grad_(True)
    for parent in copied.modules():
        if isinstance(parent, nn.Conv2d):
            parent.stride = (1, 1)
        elif isinstance(getattr(parent, "stride", None), int):
            parent.stride = 1  # type: ignore[assignment]  # PLIPResNet's blocks, torch's pools
        for child_name, child in parent.named_children():
            if isinstance(child, nn.AvgPool2d):  # before a shortcut's convolution
                setattr(parent, child_name, nn.Identity())
    if not _keeps_size(copied, channels):
        raise InputError(
            f"{name} has no last stage that a neck could copy at stride 1; take a residual "
            "network, such as PLIPResNet or timm's resnet50, or another neck"
        )
    return copied


def _keeps_size(stage: nn.Module, channels: tuple[int, int]) -> bool:
    """Try a stage on a map, without memory or arithmetic."""
    tensors = chain(stage.named_parameters(), stage.named_buffers())
    on_meta = {k: t.to("meta") for k, t in tensors}
    given = torch.empty(2, channels[0], *_PROBED, device="meta")
    try:
        with torch.no_grad():
            found = functional_call(stage, on_meta, (given,))
    except (RuntimeError, TypeError, ValueError):
        return False
    return isinstance(found, torch.Tensor) and found.shape == (2, channels[1], *_PROBED)
