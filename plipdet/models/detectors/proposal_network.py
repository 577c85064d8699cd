"""ProposalNetwork: torchvision's proposals, for people, that leaves ignored regions alone."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead

from plipdet.models.detectors.region_sampler import Annotated, in_ignored
from plipdet.option_checks import positive_numbers, two_whole_numbers, whole_number

_LEFT_OUT = -1.0  # label of anchors that the loss does not count


class ProposalNetwork(RegionProposalNetwork):
    """Boxes that may show somebody, whoever it is.

    Ren et al., "Faster R-CNN", NeurIPS 2015. Anchors are as high as wide, twice and three times as
    high. Anchors in ignored regions are neither right nor wrong.

    Args:
        channels: Of each map.
        anchor_sizes: Square roots of the anchors' areas on each map, px of the resized picture.
        ratios: Heights over widths of anchors.
        samples: Anchors of a picture that the loss counts, half of them on people at most.
        kept: Boxes to keep of a picture, in training and in testing.

    Raises:
        InputError: If a number is out of its range.
    """

    def __init__(
        self,
        channels: int,
        anchor_sizes: Sequence[Sequence[int]],
        *,
        ratios: Sequence[float] = (1.0, 2.0, 3.0),
        samples: int = 256,
        kept: tuple[int, int] = (1000, 300),
    ) -> None:
        sizes = tuple(tuple(s) for s in anchor_sizes)
        heights = positive_numbers(ratios, "ratios of ProposalNetwork")
        anchors = AnchorGenerator(sizes, (heights,) * len(sizes))
        training, testing = two_whole_numbers(kept, "kept of ProposalNetwork")
        super().__init__(
            anchors,
            RPNHead(channels, anchors.num_anchors_per_location()[0]),
            fg_iou_thresh=0.7,
            bg_iou_thresh=0.3,
            batch_size_per_image=whole_number(samples, "samples of ProposalNetwork"),
            positive_fraction=0.5,
            pre_nms_top_n={"training": 2 * training, "testing": 2 * testing},
            post_nms_top_n={"training": training, "testing": testing},
            nms_thresh=0.7,
        )

    def propose(
        self,
        images: Tensor,
        maps: dict[str, Tensor],
        sizes: list[tuple[int, int]],
        known: list[Annotated] | None = None,
    ) -> tuple[list[Tensor], dict[str, Tensor]]:
        """Return boxes of each picture, and in training the losses by name.

        Args:
            images: Padded pictures, shape (B, 3, H, W).
            maps: Of them, by name.
            sizes: Height and width of each without padding, px.
            known: Who is in each, in training.
        """
        self._ignored = [k.ignored for k in known or ()]
        targets = None if known is None else [{"boxes": k.boxes} for k in known]
        boxes, losses = self(ImageList(images, sizes), maps, targets)
        names = {"loss_objectness": "objectness", "loss_rpn_box_reg": "proposal_boxes"}
        return boxes, {names[name]: loss for name, loss in losses.items()}

    def assign_targets_to_anchors(
        self, anchors: list[Tensor], targets: list[dict[str, Tensor]]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Return torchvision's labels, without background in ignored regions."""
        labels, boxes = super().assign_targets_to_anchors(anchors, targets)
        for label, own, ignored in zip(labels, anchors, self._ignored, strict=True):
            label[(label == 0) & in_ignored(own, ignored)] = _LEFT_OUT
        return labels, boxes
