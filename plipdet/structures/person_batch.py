"""PersonBatch: the tensors that cross from the loader's workers to the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(slots=True)
class PersonBatch:
    """B person instances as tensors only; what a source lacks, or a pipeline omits, is ``None``.

    Args:
        rows: Row of each sample in its dataset, int64, shape (B,).
        images: RGB, uint8 0..255 from the loader, normalised float after the task's data
            preprocessor, shape (B, 3, H, W).
        person_ids: Identity of each sample, int64, shape (B,).
        camera_ids: Camera of each sample, int64, shape (B,).
        token_ids: Word pieces of one caption a sample, int64, shape (B, L).
        token_mask: True where ``token_ids`` is text and not padding, bool, shape (B, L).
        phrase_slots: Index into ``PHRASE_SLOTS`` of the attribute phrase a word piece belongs
            to, -1 outside phrases, int8, shape (B, L).
        attribute_labels: 1 yes, 0 no, -1 unknown, int8, shape (B, A).
        flips: True where the data preprocessor is to mirror the picture, bool, shape (B,).
        second_images: Other views of the same pictures, like ``images``.
        second_flips: The same as ``flips`` for these.
        unreadable: Rows whose picture could not be read and whose place another row took, int64,
            shape (U,), U the number of them in this batch; ``None`` where reading stops instead.
    """

    rows: Tensor
    images: Tensor | None = None
    person_ids: Tensor | None = None
    camera_ids: Tensor | None = None
    token_ids: Tensor | None = None
    token_mask: Tensor | None = None
    phrase_slots: Tensor | None = None
    attribute_labels: Tensor | None = None
    flips: Tensor | None = None
    second_images: Tensor | None = None
    second_flips: Tensor | None = None
    unreadable: Tensor | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def map(self, function: Callable[[Tensor], Tensor]) -> PersonBatch:
        """Return the batch with ``function`` applied to every tensor present."""
        tensors = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        present: dict[str, Any] = {k: function(v) for k, v in tensors.items() if v is not None}
        return PersonBatch(**present)

    def split(self, size: int) -> list[PersonBatch]:
        """Return the samples in order, in parts of at most ``size``, without ``unreadable``."""
        whole = self.replace(unreadable=None)
        starts = range(0, len(self), size)
        return [whole.map(lambda t, i=i: t[i : i + size]) for i in starts]  # type: ignore[misc]

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> PersonBatch:
        """Return the batch on ``device``."""
        return self.map(lambda t: t.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> PersonBatch:
        """Return the batch in page-locked memory; the DataLoader calls it."""
        return self.map(lambda t: t.pin_memory())

    def replace(self, **changes: Any) -> PersonBatch:
        """Return a copy with some tensors changed."""
        return dataclasses.replace(self, **changes)
