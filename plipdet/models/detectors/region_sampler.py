"""Choosing boxes to train a head of regions on, and the person that each shows."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torchvision.ops import box_iou

NOBODY = -1


@dataclass(slots=True)
class Annotated:
    """What is known of one picture.

    Args:
        boxes: Its people, xyxy, px, shape (G, 4).
        person_ids: Who they are, -1 for people who are nobody of the data set, shape (G,).
        ignored: Regions that are neither right nor wrong, xyxy, px, shape (I, 4).
    """

    boxes: Tensor
    person_ids: Tensor
    ignored: Tensor


def in_ignored(boxes: Tensor, ignored: Tensor) -> Tensor:
    """Return which boxes lie in ignored regions by half of their area, bool, shape (R,)."""
    if not len(ignored) or not len(boxes):
        return torch.zeros(len(boxes), dtype=torch.bool, device=boxes.device)
    low = torch.maximum(boxes[:, None, :2], ignored[None, :, :2])
    high = torch.minimum(boxes[:, None, 2:], ignored[None, :, 2:])
    inside = (high - low).clamp(min=0).prod(dim=2)  # (R, I)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1).clamp(min=1e-6)
    return (inside / area[:, None]).amax(dim=1) >= 0.5


def sample_regions(
    boxes: Tensor, known: Annotated, *, count: int, positive_share: float, iou: float
) -> tuple[Tensor, Tensor]:
    """Return boxes to train on, and the person in each.

    The annotated boxes are among the candidates. Girshick, "Fast R-CNN", ICCV 2015, section 2.3.

    Args:
        boxes: Candidates, xyxy, px, shape (P, 4).
        known: Of the picture.
        count: Boxes to return, fewer where there are no more.
        positive_share: Share of them that may show a person.
        iou: With a person's box from which on that person is shown.

    Returns:
        Boxes of shape (R, 4), and the place in ``known.boxes`` of the person in each, ``NOBODY``
        for background, int64, shape (R,).
    """
    candidates = torch.cat([boxes, known.boxes])
    if len(known.boxes):
        overlap, place = box_iou(candidates, known.boxes).max(dim=1)
    else:
        overlap, place = candidates.new_zeros(len(candidates)), candidates.new_zeros(0).long()
        place = torch.zeros(len(candidates), dtype=torch.int64, device=candidates.device)
    positive = overlap >= iou
    negative = ~positive & ~in_ignored(candidates, known.ignored)
    chosen = _some(positive, int(count * positive_share))
    rest = _some(negative, count - len(chosen))
    people = torch.cat([place[chosen], torch.full_like(rest, NOBODY)])
    return candidates[torch.cat([chosen, rest])], people


def _some(mask: Tensor, count: int) -> Tensor:
    found = torch.nonzero(mask).squeeze(1)
    return found[torch.randperm(len(found), device=found.device)[:count]]
