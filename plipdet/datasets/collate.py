"""Stacking samples into a PersonBatch, inside the loader's worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.registry import FUNCTIONS
from torch import Tensor

from plipdet.errors import InputError
from plipdet.structures import PersonBatch

from .picture_stack import picture_room

_OUTSIDE_PHRASES = -1


@FUNCTIONS.register_module()
def collate(samples: Sequence[dict[str, Any]]) -> PersonBatch:
    """Return the batch of what a pipeline made of B rows.

    Reads ``index``, ``row``, ``img`` (H, W, 3), ``flip``, ``second_img`` and ``second_flip`` (the
    same of a second view), ``token_ids`` (L,) with ``pad_id``, ``token_mask`` (L,),
    ``phrase_slots`` (L,) and ``unreadable`` (a list of rows); what the samples lack is ``None`` in
    the batch. Texts are padded to the longest of the batch.

    Raises:
        InputError: If only some samples have a fact, or the pictures differ in size.
    """
    rows = [sample["row"] for sample in samples]
    pad_ids = _all_or_none([sample.get("pad_id") for sample in samples], "pad_id", samples)
    return PersonBatch(
        rows=torch.tensor([sample["index"] for sample in samples], dtype=torch.int64),
        images=_images(samples, "img"),
        person_ids=_person_ids(samples),
        camera_ids=_numbers([row.camera_id for row in rows], "camera_id", samples, torch.int64),
        token_ids=_padded(samples, "token_ids", np.int64, pad_ids[0] if pad_ids else 0),
        token_mask=_padded(samples, "token_mask", np.bool_, False),
        phrase_slots=_padded(samples, "phrase_slots", np.int8, _OUTSIDE_PHRASES),
        attribute_labels=_numbers(
            [row.attribute_labels for row in rows], "attribute_labels", samples, torch.int8
        ),
        flips=_numbers([sample.get("flip") for sample in samples], "flip", samples, torch.bool),
        second_images=_images(samples, "second_img"),
        second_flips=_numbers(
            [sample.get("second_flip") for sample in samples], "second_flip", samples, torch.bool
        ),
        unreadable=_unreadable(samples),
    )


def _person_ids(samples: Sequence[dict[str, Any]]) -> Tensor | None:
    """Return the identities; none where the rows have attribute labels and only some a person.

    RAP names half of its people, whom nothing that learns attributes asks for.
    """
    found = [sample["row"].person_id for sample in samples]
    if None in found and all(sample["row"].attribute_labels is not None for sample in samples):
        return None
    return _numbers(found, "person_id", samples, torch.int64)


def _all_or_none(values: list[Any], name: str, samples: Sequence[dict[str, Any]]) -> list[Any]:
    """Return the values, an empty list when every sample lacks one."""
    lacking = [i for i, value in enumerate(values) if value is None]
    if len(lacking) == len(values):
        return []
    if lacking:
        raise InputError(
            f"{len(lacking)} of {len(values)} samples of a batch have no {name}, for instance "
            f"{samples[lacking[0]]['row'].image}; give all rows one, or none"
        )
    return values


def _numbers(
    values: list[Any], name: str, samples: Sequence[dict[str, Any]], dtype: torch.dtype
) -> Tensor | None:
    present = _all_or_none(values, name, samples)
    return torch.tensor(present, dtype=dtype) if present else None


def _images(samples: Sequence[dict[str, Any]], name: str) -> Tensor | None:
    images = _all_or_none([sample.get(name) for sample in samples], name, samples)
    if not images:
        return None
    shapes = {image.shape for image in images}
    if len(shapes) > 1:
        raise InputError(
            f"a batch holds pictures of sizes {sorted(shapes)}; put ResizePerson into the pipeline"
        )
    stack = samples[0].get("stack")
    stacked = None if stack is None else stack[0].whole(images)  # which second views are not in
    if stacked is None:
        stacked = picture_room((len(images), *images[0].shape), images[0].dtype)
        for place, image in zip(stacked, images, strict=True):
            place[...] = image
    # They stay channels-last, which costs nothing here and little on the device.
    return torch.from_numpy(stacked).permute(0, 3, 1, 2)  # (B, 3, H, W)


def _unreadable(samples: Sequence[dict[str, Any]]) -> Tensor | None:
    """Return the rows whose places others took, ``None`` when the samples do not tell."""
    lists = [sample["unreadable"] for sample in samples if "unreadable" in sample]
    return torch.tensor([row for rows in lists for row in rows]).long() if lists else None


def _padded(
    samples: Sequence[dict[str, Any]], key: str, dtype: type[np.generic], fill: int | bool
) -> Tensor | None:
    """Return (B, L) of one value a word piece, L the longest; ``None`` when no sample has it."""
    values = _all_or_none([sample.get(key) for sample in samples], key, samples)
    if not values:
        return None
    # Line by line NumPy takes a fifth of the time that PyTorch does.
    padded = np.full((len(values), max(map(len, values))), fill, dtype=dtype)
    for line, value in zip(padded, values, strict=True):
        line[: len(value)] = value
    return torch.from_numpy(padded)
