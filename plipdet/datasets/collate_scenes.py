"""Padding scenes into a SceneBatch, inside the loader's worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.registry import FUNCTIONS
from torch import Tensor

from plipdet.errors import InputError
from plipdet.structures import SceneBatch

from .picture_stack import picture_room

_MULTIPLE = 32  # px: what the strides of backbones divide


@FUNCTIONS.register_module()
def collate_scenes(samples: Sequence[dict[str, Any]]) -> SceneBatch:
    """Return the batch of what a pipeline made of B scenes.

    Reads ``index``, ``img`` (H, W, 3), ``original_shape``, ``flip``, ``boxes`` (R, 4),
    ``person_ids`` (R,), ``ignored`` (R,), ``box_tokens`` and ``box_token_masks`` (R arrays) with
    ``pad_id``, and ``unreadable``. Without ``img`` in any sample, as where sentences ask, the
    pictures of the batch have no pixels.

    Raises:
        InputError: If only some samples have a picture.
    """
    images = [sample.get("img") for sample in samples]
    if any(image is None for image in images) and any(image is not None for image in images):
        raise InputError("some samples of a batch of scenes have no picture; put LoadScene first")
    shown = [image for image in images if image is not None]
    counts = torch.tensor([len(sample["boxes"]) for sample in samples])
    token_ids, token_mask = _tokens(samples)
    unreadable = [sample["unreadable"] for sample in samples if "unreadable" in sample]
    return SceneBatch(
        rows=torch.tensor([sample["index"] for sample in samples], dtype=torch.int64),
        images=padded_pictures(shown) if shown else torch.zeros(len(samples), 3, 0, 0).byte(),
        sizes=_sizes([(0, 0) if image is None else image.shape[:2] for image in images]),
        original_sizes=_sizes([sample.get("original_shape", (0, 0)) for sample in samples]),
        flips=torch.tensor([bool(sample.get("flip", False)) for sample in samples]),
        boxes=_joined(samples, "boxes", np.float32).reshape(-1, 4),
        box_images=torch.repeat_interleave(torch.arange(len(samples)), counts),
        person_ids=_joined(samples, "person_ids", np.int64),
        ignored=_joined(samples, "ignored", np.bool_),
        token_ids=token_ids,
        token_mask=token_mask,
        unreadable=(
            torch.tensor([row for rows in unreadable for row in rows]).long()
            if unreadable
            else None
        ),
    )


def padded_pictures(images: Sequence[np.ndarray]) -> Tensor:
    """Return pictures of several sizes as one tensor, padded with 0 at the right and below.

    Args:
        images: RGB, uint8, each of shape (H, W, 3).

    Returns:
        uint8, shape (B, 3, H, W); height and width are multiples of 32.
    """
    height, width = (
        -(-max(image.shape[axis] for image in images) // _MULTIPLE) * _MULTIPLE for axis in (0, 1)
    )
    room = picture_room((len(images), height, width, 3), np.dtype(np.uint8))
    for place, image in zip(room, images, strict=True):
        down, across = image.shape[:2]
        place[:down, :across] = image
        place[down:] = 0
        place[:down, across:] = 0
    # They stay channels-last, which costs nothing here and little on the device.
    return torch.from_numpy(room).permute(0, 3, 1, 2)  # (B, 3, H, W)


def _sizes(sizes: Sequence[tuple[int, ...]]) -> Tensor:
    return torch.tensor(sizes, dtype=torch.int64).reshape(-1, 2)


def _joined(samples: Sequence[dict[str, Any]], key: str, dtype: type[np.generic]) -> Tensor:
    return torch.from_numpy(np.concatenate([s[key] for s in samples]).astype(dtype, copy=False))


def _tokens(samples: Sequence[dict[str, Any]]) -> tuple[Tensor | None, Tensor | None]:
    """Return word pieces and mask of each box, shape (R, L), L the longest of the batch."""
    if "box_tokens" not in samples[0]:
        return None, None
    ids = [line for sample in samples for line in sample["box_tokens"]]
    masks = [line for sample in samples for line in sample["box_token_masks"]]
    longest = max(map(len, ids), default=0)
    token_ids = np.full((len(ids), longest), samples[0]["pad_id"], np.int64)
    token_mask = np.zeros((len(ids), longest), bool)
    for row, (line, mask) in enumerate(zip(ids, masks, strict=True)):
        token_ids[row, : len(line)] = line
        token_mask[row, : len(mask)] = mask
    return torch.from_numpy(token_ids), torch.from_numpy(token_mask)
