"""Detections on disk, so that another protocol over the same scenes need not detect again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from plipdet.array_files import read_arrays
from plipdet.errors import InputError
from plipdet.structures import Detections, SceneTable
from plipdet.whole_file import whole_file

_LAYOUT = 1
_NAMES = ("boxes", "scores", "embeddings", "ends")


def detections_key(
    model: nn.Module, scenes: SceneTable, items: Sequence[int], *, settings: Any
) -> str:
    """Return 16 hex digits that change with all that detections depend on.

    Args:
        model: Its weights count, also those that a checkpoint leaves out.
        scenes: The scenes; their annotation's fingerprint counts, and size and time of each file.
        items: Which of them are searched.
        settings: Of model and pipeline, JSON data as far as possible.
    """
    digest = hashlib.sha256(f"layout {_LAYOUT}".encode())
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        whole = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(whole.view(torch.uint8).numpy().tobytes() if whole.numel() else b"")
    digest.update(json.dumps(settings, sort_keys=True, default=str).encode())
    digest.update(scenes.people.fingerprint.encode())
    images = scenes.images()
    for item in items:
        path = scenes.root / images[item]
        facts = path.stat() if path.is_file() else None  # none in a packed store
        known = None if facts is None else (facts.st_size, facts.st_mtime_ns)
        digest.update(f"{images[item]} {known}".encode())
    return digest.hexdigest()[:16]


def write_detections(path: Path, found: Sequence[Detections]) -> None:
    """Write the detections of scenes, whole or not at all.

    Raises:
        InputError: If the file cannot be written.
    """
    width = max((f.embeddings.shape[1] for f in found if f.embeddings is not None), default=0)
    kept = [f for f in found if len(f)] or [Detections.none(width=width)]
    arrays = {
        "boxes": torch.cat([f.boxes for f in kept]).numpy(),
        "scores": torch.cat([f.scores for f in kept]).numpy(),
        "embeddings": torch.cat([f.embeddings for f in kept if f.embeddings is not None]).numpy(),
        "ends": np.cumsum([0, *(len(f) for f in found)]),
    }
    with whole_file(path) as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def read_detections(path: Path, *, items: int) -> list[Detections]:
    """Read what :func:`write_detections` wrote.

    Args:
        path: The file.
        items: How many scenes it must be of.

    Raises:
        InputError: If it is damaged, or of other content.
    """
    arrays = read_arrays(path)
    fits = set(arrays) == set(_NAMES)
    if fits:
        boxes, scores, embeddings, ends = (arrays[name] for name in _NAMES)
        fits = (
            ends.shape == (items + 1,)
            and ends.dtype.kind == "i"
            and boxes.shape == (len(scores), 4)
            and scores.ndim == 1
            and embeddings.ndim == 2
            and len(embeddings) == len(scores)
            and ends[0] == 0
            and ends[-1] == len(scores)
            and bool((np.diff(ends) >= 0).all())
        )
    if not fits:
        raise InputError(f"{path} does not hold the detections of {items} scenes; delete it")
    sizes = np.diff(ends).tolist()
    parts = (torch.from_numpy(a).float().split(sizes) for a in (boxes, scores, embeddings))
    return [Detections(*part) for part in zip(*parts, strict=True)]
