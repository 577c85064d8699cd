"""gathered_detections: what all ranks have found in the scenes of a data set, in its order."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from plipdet.distributed import gather_rows
from plipdet.errors import InputError
from plipdet.structures import Detections


def gathered_detections(
    rows: Sequence[Tensor], found: Sequence[Detections], *, items: int, device: torch.device
) -> list[Detections]:
    """Return the detections of all items on every rank, on the CPU; every rank must call it.

    Args:
        rows: Of each batch of this rank, which items it holds, int64, shape (B,).
        found: Of each of these items.
        items: How many the data set has; one that the sampler repeated counts once.
        device: Where ranks exchange tensors.

    Raises:
        InputError: If an item is missing, or a box, score or embedding is not a number.
    """
    own = torch.cat(list(rows)) if rows else torch.zeros(0, dtype=torch.int64)
    assert len(own) == len(found), "detections for each item"
    order = gather_rows(own.to(device)).tolist()
    counts = gather_rows(torch.tensor([len(f) for f in found], dtype=torch.int64, device=device))
    width = _width(found, device)
    empty = [Detections.none(width=width)]  # of a rank that found nobody
    kept = [f for f in found if len(f)] or empty
    boxes = _gathered([f.boxes for f in kept], device)
    scores = _gathered([f.scores for f in kept], device)
    embeddings = _gathered([_embeddings(f) for f in kept], device)
    parts = [t.split(counts.tolist()) for t in (boxes, scores, embeddings)]
    by_item = {
        item: Detections(*part) for item, part in zip(order, zip(*parts, strict=True), strict=True)
    }
    broken = [i for i, f in by_item.items() if not _is_finite(f)]
    if broken:
        raise InputError(
            f"what was found in {len(broken)} of {items} scenes is not a number, first item "
            f"{broken[0]}; check the weights"
        )
    missing = items - len(by_item)
    if missing:
        raise InputError(
            f"{missing} of {items} scenes were not searched; check that the sampler visits every "
            "item"
        )
    return [by_item[item] for item in range(items)]


def _width(found: Sequence[Detections], device: torch.device) -> int:
    """Return D over all ranks; a rank that found nobody need not know it."""
    own = max((_embeddings(f).shape[1] for f in found if len(f)), default=0)
    return int(gather_rows(torch.tensor([own], device=device)).max())


def _embeddings(found: Detections) -> Tensor:
    if found.embeddings is None:
        raise InputError(
            "the model says where people are, but not who: its detections have no embeddings; "
            "test a task of person search"
        )
    return found.embeddings


def _gathered(parts: Sequence[Tensor], device: torch.device) -> Tensor:
    return gather_rows(torch.cat([p.detach() for p in parts]).float().to(device)).cpu()


def _is_finite(found: Detections) -> bool:
    tensors = (found.boxes, found.scores, _embeddings(found))
    return all(bool(torch.isfinite(t).all()) for t in tensors)
