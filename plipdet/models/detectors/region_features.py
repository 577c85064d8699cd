"""RegionFeatures: the maps that people are looked for in, and the part of them in a box."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence

from torch import Tensor, nn
from torchvision.ops import FeaturePyramidNetwork, MultiScaleRoIAlign

from plipdet.models.backbones import Backbone
from plipdet.option_checks import positive_numbers, two_whole_numbers, whole_number
from plipdet.registry import MODELS

_SAMPLES = 2  # of each cell of a region, down and across


class RegionFeatures(nn.Module, ABC):
    """From a picture's maps to regions of one size, and to the heads that read them.

    The backbone is the image encoder's and is handed over with each call, so that its weights
    belong to one module only.

    Args:
        region_size: Height and width of a region, cells.

    Attributes:
        channels: Of the maps and of a region.
        map_channels: Of what the heads make of a region.
        anchor_sizes: Square roots of the areas of the anchors of each map, px.
    """

    channels: int
    map_channels: int
    anchor_sizes: tuple[tuple[int, ...], ...]

    def __init__(self, names: Sequence[str], region_size: Sequence[int]) -> None:
        super().__init__()
        size = two_whole_numbers(region_size, f"region_size of {type(self).__name__}")
        self.align = MultiScaleRoIAlign([*names], list(size), _SAMPLES)

    @abstractmethod
    def maps(self, backbone: Backbone, images: Tensor) -> dict[str, Tensor]:
        """Return the maps of pictures (B, 3, H, W) by name, fine to coarse."""

    @abstractmethod
    def new_head(self, backbone: Backbone) -> nn.Module:
        """Return layers from a region (R, C, h, w) to its map (R, C', h', w'), apart from others.

        Raises:
            InputError: If the backbone has no layers for it.
        """

    @abstractmethod
    def last_head(self, backbone: Backbone) -> nn.Module | None:
        """Return the backbone's own layers that do what :meth:`new_head` does; ``None`` without."""

    def regions(
        self, maps: dict[str, Tensor], boxes: list[Tensor], sizes: list[tuple[int, int]]
    ) -> Tensor:
        """Return the part of the maps in each box, shape (R, C, h, w), one picture after another.

        Args:
            maps: From :meth:`maps`.
            boxes: Of each picture, xyxy, px, shape (R_i, 4).
            sizes: Height and width of the batch's pictures with padding, px.
        """
        return self.align(maps, boxes, sizes)


@MODELS.register_module()
class LastStageRegions(RegionFeatures):
    """The last but one map, and the backbone's last stage as head ("C4").

    As SeqNet and NAE have it on ResNet-50: regions of stride 16 go through the fourth stage. With
    16x8 cells that stage sees of a person what it sees of a crop of 256x128.

    Args:
        backbone: The image encoder's.
        region_size: Height and width of a region, cells.
        anchor_sizes: Square roots of the anchors' areas, px of the resized picture.

    Raises:
        InputError: If a size is not positive, or the backbone has no last stage to take.
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        region_size: Sequence[int] = (16, 8),
        anchor_sizes: Sequence[int] = (32, 64, 128, 256, 512),
    ) -> None:
        super().__init__(["last"], region_size)
        self.anchor_sizes = (positive_numbers(anchor_sizes, "anchor_sizes of LastStageRegions"),)
        self.channels, self.map_channels = backbone.stage_channels[-2:]
        backbone.last_stage()  # says so now, if there is none

    def maps(self, backbone: Backbone, images: Tensor) -> dict[str, Tensor]:
        """Return the last but one map as "last"."""
        return {"last": backbone.maps_before_last(images)[-1]}

    def new_head(self, backbone: Backbone) -> nn.Module:
        """Return a copy of the backbone's last stage."""
        return copy.deepcopy(backbone.last_stage())

    def last_head(self, backbone: Backbone) -> nn.Module:
        """Return the backbone's last stage."""
        return backbone.last_stage()


@MODELS.register_module()
class PyramidRegions(RegionFeatures):
    """A feature pyramid over all maps of any backbone, and convolutions as heads.

    Lin et al., "Feature Pyramid Networks for Object Detection", CVPR 2017.

    Args:
        backbone: The image encoder's.
        region_size: Height and width of a region, cells.
        channels: Of the pyramid's maps.
        convolutions: 3x3 convolutions with batch norm of a head.

    Raises:
        InputError: If a number is out of its range.
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        region_size: Sequence[int] = (16, 8),
        channels: int = 256,
        convolutions: int = 4,
    ) -> None:
        names = [str(level) for level in range(len(backbone.stage_channels))]
        super().__init__(names, region_size)
        self.channels = whole_number(channels, "channels of PyramidRegions")
        self.map_channels = self.channels
        self.pyramid = FeaturePyramidNetwork([*backbone.stage_channels], self.channels)
        self.convolutions = whole_number(convolutions, "convolutions of PyramidRegions", least=0)
        self.anchor_sizes = tuple((32 * 2**level,) for level in range(len(names)))

    def maps(self, backbone: Backbone, images: Tensor) -> dict[str, Tensor]:
        """Return the pyramid's maps, named "0" upwards."""
        return self.pyramid({str(level): found for level, found in enumerate(backbone(images))})

    def new_head(self, backbone: Backbone) -> nn.Module:
        """Return a stack of convolutions."""
        layers: list[nn.Module] = []
        for _ in range(self.convolutions):
            convolution = nn.Conv2d(self.channels, self.channels, 3, padding=1, bias=False)
            layers += [convolution, nn.BatchNorm2d(self.channels), nn.ReLU(inplace=True)]
        return nn.Sequential(*layers)

    def last_head(self, backbone: Backbone) -> None:
        """Return nothing: the backbone has no such layers."""
        return
