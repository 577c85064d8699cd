"""MoveNetNetwork: the layers of MoveNet MultiPose that say where people are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from plipdet.errors import InputError

_BLOCKS = ((40, 2, 2), (48, 3, 2), (96, 4, 2), (144, 3, 1), (240, 3, 2), (480, 1, 1))
"""Channels, blocks and stride of the first one, of each group after the first block."""
_GROWTH = 6
_TAPS = ("block_2", "block_5", "block_9")  # strides 4, 8 and 16
_EXTRACTOR = "StatefulPartitionedCall/center_net_mobile_net_v2fpn_feature_extractor/model_1/"


class CentreMaps(NamedTuple):
    """What the network says of each cell of 4 x 4 px.

    Attributes:
        centre: Logit of a person's centre, shape (B, 1, H / 4, W / 4).
        size: Height and width of a person, cells, shape (B, 2, H / 4, W / 4).
        offset: Centre from the cell's corner, down and across, cells, shape (B, 2, H / 4, W / 4).
    """

    centre: Tensor
    size: Tensor
    offset: Tensor


class MoveNetNetwork(nn.Module):
    """MobileNetV2 of 1.5 times the width, a feature pyramid, and the heads of CenterNet.

    Bazarevsky et al., "Next-generation pose detection with MoveNet and TensorFlow.js", 2021; the
    layers as in Google's release of MoveNet MultiPose Lightning, whose normalisation is folded
    into the convolutions. The heads that find joints are left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = _Conv(3, 48, size=3, stride=2)
        self.blocks = nn.ModuleDict({"expanded_conv": _Block(48, 24, stride=1, grow=False)})
        width, number = 24, 1
        for channels, count, stride in _BLOCKS:
            for first in [True] + [False] * (count - 1):
                self.blocks[f"block_{number}"] = _Block(width, channels, stride if first else 1)
                width, number = channels, number + 1
        self.last = _Conv(width, 1280)
        self.top = nn.Conv2d(1280, 64, 1)
        self.laterals = nn.ModuleList(
            [nn.Conv2d(i, o, 1) for i, o in [(96, 64), (48, 32), (40, 24)]]
        )
        self.merges = nn.ModuleList([_Separable(i, o) for i, o in [(64, 32), (32, 24), (24, 24)]])
        self.heads = nn.ModuleDict(
            {
                name: nn.Sequential(_Separable(24, 96), nn.Conv2d(96, width, 1))
                for name, width in [("center_0", 1), ("box_scale_0", 2), ("box_offset_0", 2)]
            }
        )

    def forward(self, images: Tensor) -> CentreMaps:
        """Find people's centres.

        Args:
            images: RGB, -1..1, sides that 32 divides, shape (B, 3, H, W).
        """
        taps, x = {}, self.stem(images)
        for name, block in self.blocks.items():
            x = taps[name] = block(x)
        x = self.top(self.last(x))
        for tap, lateral, merge in zip(_TAPS[::-1], self.laterals, self.merges, strict=True):
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = merge(x + lateral(taps[tap]))
        return CentreMaps(*(head(x) for head in self.heads.values()))

    def load_tfjs(self, weights: Mapping[str, Tensor], *, source: str) -> None:
        """Take over the weights of the release.

        Args:
            weights: From :func:`read_tfjs_weights`.
            source: Name of the file, for messages.

        Raises:
            InputError: If they are another model's.
        """
        own = self.state_dict()
        for target, name in _names(self).items():
            value, wanted = weights.get(name), own[target].shape
            if value is None:
                raise InputError(
                    f"{source} has no {name!r}; it is no MoveNet MultiPose Lightning, whose file "
                    "is movenet-multipose.json"
                )
            if value.ndim == 4:  # a depthwise filter is (H, W, in, 1), any other (H, W, in, out)
                value = value.permute(2, 3, 0, 1) if wanted[1] == 1 else value.permute(3, 2, 0, 1)
            if value.shape != wanted:
                raise InputError(
                    f"{source}: {name!r} has the shape {tuple(value.shape)} in place of "
                    f"{tuple(wanted)}; it is another model"
                )
            own[target].copy_(value)


class _Conv(nn.Conv2d):
    """A convolution padded as TensorFlow does ("SAME", even sides), then clipped to 0..6."""

    def __init__(
        self, inputs: int, outputs: int, *, size: int = 1, stride: int = 1, groups: int = 1
    ) -> None:
        self.border = size > 1 and stride == 2
        padding = size // 2 if size > 1 and not self.border else 0
        super().__init__(inputs, outputs, size, stride, padding, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu6(super().forward(F.pad(x, (0, 1, 0, 1)) if self.border else x))


class _Block(nn.Module):
    """An inverted residual of MobileNetV2."""

    def __init__(self, inputs: int, outputs: int, stride: int, *, grow: bool = True) -> None:
        super().__init__()
        width = inputs * _GROWTH if grow else inputs
        self.expand = _Conv(inputs, width) if grow else nn.Identity()
        self.depthwise = _Conv(width, width, size=3, stride=stride, groups=width)
        self.project = nn.Conv2d(width, outputs, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.residual else y


class _Separable(nn.Module):
    """A depthwise convolution without bias, then a pointwise one and ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
        self.pointwise = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.pointwise(self.depthwise(x)))


def _names(network: MoveNetNetwork) -> dict[str, str]:
    """Return the release's name of each of the network's tensors."""
    names = _folded("stem", "model/Conv1/Conv2D") | _folded("last", "model/Conv_1/Conv2D")
    for block in network.blocks:
        parts = ("depthwise", "project") if block == "expanded_conv" else _PARTS
        for part in parts:
            inside = "depthwise" if part == "depthwise" else "Conv2D"
            names |= _folded(f"blocks.{block}.{part}", f"model/{block}_{part}/{inside}")
    for i, at in enumerate(["top", "laterals.0", "laterals.1", "laterals.2"]):
        names |= _plain(at, f"{_EXTRACTOR}conv2d{_numbered(i)}")
    for i in range(3):
        inside = f"{_EXTRACTOR}separable_conv2d{_numbered(i)}/separable_conv2d"
        names[f"merges.{i}.depthwise.weight"] = f"{inside}/ReadVariableOp"
        names[f"merges.{i}.pointwise.weight"] = f"{inside}_weights"
        names[f"merges.{i}.pointwise.bias"] = f"{inside}_bn_offset"
    for i, head in enumerate(network.heads):
        whole = f"StatefulPartitionedCall/{head}/"
        separable = f"{whole}separable_conv2d_{3 + i}"
        names[f"heads.{head}.0.depthwise.weight"] = f"{separable}/separable_conv2d/ReadVariableOp"
        names[f"heads.{head}.0.pointwise.weight"] = f"{separable}/separable_conv2d/ReadVariableOp_1"
        names[f"heads.{head}.0.pointwise.bias"] = f"{separable}/BiasAdd/ReadVariableOp"
        names |= _plain(f"heads.{head}.1", f"{whole}conv2d_{4 + i}")
    return names


_PARTS = ("expand", "depthwise", "project")


def _numbered(index: int) -> str:
    return f"_{index}" if index else ""


def _folded(target: str, name: str) -> dict[str, str]:
    """Name a convolution that holds its batch normalisation."""
    whole = _EXTRACTOR + name
    return {f"{target}.weight": f"{whole}_weights", f"{target}.bias": f"{whole}_bn_offset"}


def _plain(target: str, name: str) -> dict[str, str]:
    return {
        f"{target}.weight": f"{name}/Conv2D/ReadVariableOp",
        f"{target}.bias": f"{name}/BiasAdd/ReadVariableOp",
    }
