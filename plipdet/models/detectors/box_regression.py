"""From a head's map to how a box is to be moved, and the loss of it."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection._utils import BoxCoder
from torchvision.ops import clip_boxes_to_image

_CODER = BoxCoder(weights=(10.0, 10.0, 5.0, 5.0))
_BETA = 1 / 9  # where the loss turns from squared to absolute


def moved_boxes(boxes: list[Tensor], moves: Tensor, sizes: list[tuple[int, int]]) -> list[Tensor]:
    """Return boxes moved as a head says, cut at the picture's borders, without gradient.

    Args:
        boxes: Of each picture, xyxy, px, shape (R_i, 4).
        moves: In the coordinates of Girshick et al., "R-CNN", CVPR 2014, appendix C, for all of
            them, shape (R, 4).
        sizes: Height and width of each picture, px.
    """
    counts = [len(b) for b in boxes]
    if not sum(counts):
        return boxes
    decoded = _CODER.decode(moves.detach().float(), boxes).reshape(-1, 4)
    parts = zip(decoded.split(counts), sizes, strict=True)
    return [clip_boxes_to_image(part, size) for part, size in parts]


def box_loss(moves: Tensor, boxes: Tensor, targets: Tensor, *, count: int) -> Tensor:
    """Smooth L1 distance to where the boxes should be, summed over them, over ``count``.

    Args:
        moves: As for :func:`moved_boxes`, of the boxes that show somebody, shape (R, 4).
        boxes: Xyxy, px, shape (R, 4).
        targets: Where they should be, xyxy, px, shape (R, 4).
        count: Boxes that were chosen, background too.
    """
    if not len(boxes):
        return moves.sum() * 0
    wanted = _CODER.encode_single(targets, boxes)
    loss = F.smooth_l1_loss(moves.float(), wanted, beta=_BETA, reduction="sum")
    return loss / max(count, 1)
