"""SceneBatch: whole pictures with the people in them, as tensors."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(slots=True)
class SceneBatch:
    """B whole pictures, padded at the right and below to one size, and the R people in them.

    Args:
        rows: Item of each picture in its dataset, int64, shape (B,).
        images: RGB, uint8 0..255 from the loader, normalised float after the task's data
            preprocessor, shape (B, 3, H, W); padding is 0 in both.
        sizes: Height and width without padding, px, int64, shape (B, 2).
        original_sizes: Height and width on disk, px, int64, shape (B, 2).
        flips: True where the picture is mirrored, boxes too, bool, shape (B,).
        boxes: Everybody of all pictures, one picture behind the other, xyxy, px of ``images``,
            float32, shape (R, 4).
        box_images: Place in the batch of the picture that a box is in, int64, ascending, shape
            (R,).
        person_ids: Who it is, int64, shape (R,); -1 for people who are nobody of the data set.
        ignored: True for a region that is neither right nor wrong, bool, shape (R,).
        token_ids: Word pieces of one caption a box, int64, shape (R, L); ``None`` without text.
        token_mask: True where ``token_ids`` is text; a box without caption has none, bool, shape
            (R, L).
        unreadable: Rows whose pictures could not be read, as in ``PersonBatch``.
    """

    rows: Tensor
    images: Tensor
    sizes: Tensor
    original_sizes: Tensor
    flips: Tensor
    boxes: Tensor
    box_images: Tensor
    person_ids: Tensor
    ignored: Tensor
    token_ids: Tensor | None = None
    token_mask: Tensor | None = None
    unreadable: Tensor | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def map(self, apply: Callable[[Tensor], Tensor]) -> SceneBatch:
        """Return the batch with ``apply`` done to every tensor."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return SceneBatch(**{k: None if v is None else apply(v) for k, v in values.items()})  # type: ignore[arg-type]

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> SceneBatch:
        """Return the batch on ``device``."""
        return self.map(lambda t: t.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> SceneBatch:
        """Return the batch in page-locked memory; the DataLoader calls it."""
        return self.map(lambda t: t.pin_memory())

    def replace(self, **changes: Any) -> SceneBatch:
        """Return a copy with some tensors changed."""
        return dataclasses.replace(self, **changes)

    def scales(self) -> Tensor:
        """Return px of ``images`` for a px on disk, down and across, shape (B, 2)."""
        return self.sizes / self.original_sizes

    def to_original(self, boxes: Tensor, picture: int) -> Tensor:
        """Return boxes in px of the picture on disk.

        Args:
            boxes: Of one picture, px of ``images``, xyxy, shape (R, 4).
            picture: Its place in the batch.
        """
        down, across = self.scales()[picture].tolist()
        width = float(self.sizes[picture, 1])
        if bool(self.flips[picture]):
            left, top, right, bottom = boxes.unbind(-1)
            boxes = torch.stack([width - right, top, width - left, bottom], -1)
        return boxes / boxes.new_tensor([across, down, across, down])
