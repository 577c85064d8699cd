"""PLIPResNet: the residual network of CLIP and PLIP, with average pools in place of strides."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.registry import MODELS

from ..recompute import recompute
from .backbone import Backbone
from .last_stage import unstrided_copy

_STAGE_BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
_EXPANSION = 4


class _Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 convolutions of stride 1; an average pool before the last does the stride."""

    def __init__(self, in_channels: int, width: int, *, stride: int) -> None:
        super().__init__()
        out_channels = width * _EXPANSION
        self.stride = stride
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        nn.init.zeros_(self.bn3.weight)  # each block starts as its shortcut
        self.downsample: nn.Module | None = None
        if stride > 1 or in_channels != out_channels:
            # The names are those of the published weights; the pool before them has none.
            layers = [("0", nn.Conv2d(in_channels, out_channels, 1, bias=False))]
            self.downsample = nn.Sequential(
                OrderedDict([*layers, ("1", nn.BatchNorm2d(out_channels))])
            )

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        out = F.relu(self.bn2(self.conv2(out)), inplace=True)
        out = self.bn3(self.conv3(self._pool(out)))
        shortcut = x if self.downsample is None else self.downsample(self._pool(x))
        return F.relu(out + shortcut, inplace=True)

    def _pool(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(x, self.stride) if self.stride > 1 else x


@MODELS.register_module()
class PLIPResNet(Backbone):
    """Modified residual network: three-convolution stem, average pools for strides.

    PLIP (arXiv 2305.08386), A.6.1; after CLIP (arXiv 2103.00020), section 2.4. The total stride
    is 32: a picture of 256x128 gives maps of 64x32, 32x16, 16x8 and 8x4. Convolutions start with
    torch's default initialisation, which the paper leaves open, and ``bn3.weight`` at 0. Weight
    names are those of the published checkpoints.

    Args:
        depth: 50, 101 or 152.
        in_channels: Channels of the picture.
        stem_width: Channels after the stem and width of the first stage; it doubles each stage,
            and a stage has 4 times its width in channels.
        stage_blocks: Blocks of the four stages, in place of those of ``depth``.
        frozen_stages: -1 trains all; 0 freezes the stem, n the stem and the first n stages.
        norm_eval: Keep all batch norms in eval mode while training.
        last_stride: Stride of the last stage, 1 or 2. With 1 its map is twice as high and wide, as
            Re-ID likes it (Luo et al., CVPRW 2019, "Last Stride"); the weights are the same.

    Raises:
        InputError: If ``depth`` is unknown, ``stage_blocks`` has not four counts,
            ``frozen_stages`` is outside -1..4, or ``last_stride`` is neither 1 nor 2.
    """

    def __init__(
        self,
        depth: int = 50,
        *,
        in_channels: int = 3,
        stem_width: int = 64,
        stage_blocks: Sequence[int] | None = None,
        frozen_stages: int = -1,
        norm_eval: bool = False,
        last_stride: int = 2,
    ) -> None:
        super().__init__()
        blocks = tuple(stage_blocks or _blocks_of(depth))
        if len(blocks) != 4 or min(blocks) < 1:
            raise InputError(f"stage_blocks is {blocks}; PLIPResNet has four stages of 1 or more")
        if not -1 <= frozen_stages <= 4:
            raise InputError(f"frozen_stages is {frozen_stages}; PLIPResNet knows -1 to 4")
        if last_stride not in (1, 2):
            raise InputError(f"last_stride is {last_stride!r}; PLIPResNet knows 1 and 2")
        self.frozen_stages = frozen_stages
        self.activation_checkpointing = False
        self.norm_eval = norm_eval
        half = stem_width // 2
        self.conv1 = nn.Conv2d(in_channels, half, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(half)
        self.conv2 = nn.Conv2d(half, half, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(half)
        self.conv3 = nn.Conv2d(half, stem_width, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(stem_width)
        widths = [stem_width * 2**s for s in range(4)]
        self.stage_channels = tuple(w * _EXPANSION for w in widths)
        inputs = (stem_width, *self.stage_channels)
        self.layer1 = _stage(inputs[0], widths[0], blocks[0], stride=1)
        self.layer2 = _stage(inputs[1], widths[1], blocks[1], stride=2)
        self.layer3 = _stage(inputs[2], widths[2], blocks[2], stride=2)
        self.layer4 = _stage(inputs[3], widths[3], blocks[3], stride=last_stride)
        for module in self._frozen():
            module.requires_grad_(False)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return the four maps, strides 4, 8, 16 and 32 (16 with ``last_stride=1``)."""
        stages = self.maps_before_last(images)
        return *stages, self._through(self.layer4, stages[-1])

    def maps_before_last(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return the first three maps, without computing the fourth."""
        x = F.relu(self.bn1(self.conv1(images)), inplace=True)
        x = F.relu(self.bn2(self.conv2(x)), inplace=True)
        x = F.relu(self.bn3(self.conv3(x)), inplace=True)
        x = F.avg_pool2d(x, 2)
        stages = []
        for stage in (self.layer1, self.layer2, self.layer3):
            x = self._through(stage, x)
            stages.append(x)
        return tuple(stages)

    def last_stage(self) -> nn.Module:
        """Return the fourth stage."""
        return self.layer4

    def checkpoint_activations(self, on: bool) -> None:
        """Keep the input of each residual block only."""
        self.activation_checkpointing = on

    def copy_of_last_stage(self) -> nn.Module:
        """Return a copy of the fourth stage, at stride 1."""
        before, last = self.stage_channels[-2:]
        return unstrided_copy(self.layer4, (before, last), name="PLIPResNet")

    def steps_to_output(self) -> dict[str, int]:
        """Return 5 for the stem and 4 to 1 for the stages."""
        steps = {f"layer{stage}": 5 - stage for stage in range(1, 5)}
        return {name: steps.get(name.split(".")[0], 5) for name, _ in self.named_parameters()}

    def train(self, mode: bool = True) -> PLIPResNet:
        """Set the mode; frozen parts, and with ``norm_eval`` all batch norms, stay in eval."""
        super().train(mode)
        for module in self._frozen():
            module.eval()
        if self.norm_eval:
            for module in self.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        return self

    def _through(self, stage: nn.Sequential, x: Tensor) -> Tensor:
        for block in stage:
            x = recompute(block, x) if self.activation_checkpointing else block(x)
        return x

    def _frozen(self) -> list[nn.Module]:
        stem = [self.conv1, self.bn1, self.conv2, self.bn2, self.conv3, self.bn3]
        stages = [self.layer1, self.layer2, self.layer3, self.layer4]
        return [] if self.frozen_stages < 0 else [*stem, *stages[: self.frozen_stages]]


def _blocks_of(depth: int) -> tuple[int, ...]:
    if depth not in _STAGE_BLOCKS:
        raise InputError(
            f"depth is {depth!r}; PLIPResNet knows {sorted(_STAGE_BLOCKS)}, or give stage_blocks"
        )
    return _STAGE_BLOCKS[depth]


def _stage(in_channels: int, width: int, blocks: int, *, stride: int) -> nn.Sequential:
    first = _Bottleneck(in_channels, width, stride=stride)
    rest = [_Bottleneck(width * _EXPANSION, width, stride=1) for _ in range(blocks - 1)]
    return nn.Sequential(first, *rest)
