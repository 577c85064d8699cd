"""Checkpoints: read without running code, checked before use, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from plipdet.distributed.sharding import shared_like
from plipdet.errors import InputError
from plipdet.models.plip_v1_names import IMAGE_PART
from plipdet.weight_files import read_weight_file
from plipdet.whole_file import whole_file

POINTER = "last_checkpoint"
_SHOWN = 4


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """Read a ``.pth`` or ``.safetensors`` file into memory, on the CPU.

    Returns:
        A mapping with the weights under ``state_dict``, and whatever else the file holds.

    Raises:
        InputError: If there is no such file, it is damaged or no checkpoint, or reading it would
            execute code.
    """
    checkpoint = dict(read_weight_file(path))
    if not isinstance(checkpoint.get("state_dict"), Mapping):
        tensors = {k: v for k, v in checkpoint.items() if isinstance(v, Tensor)}
        if IMAGE_PART in checkpoint:
            raise InputError(
                f"{path} holds the weights that PLIP's authors publish; convert them first: "
                f"python tools/converters/plip_v1.py {path} plip_v1.safetensors"
            )
        if not tensors:
            raise InputError(
                f"{path} holds no weights: it has neither 'state_dict' nor tensors, but "
                f"{sorted(map(str, checkpoint))[:8]}"
            )
        checkpoint = {"state_dict": tensors}
    checkpoint["state_dict"] = {
        str(k).removeprefix("module."): v for k, v in checkpoint["state_dict"].items()
    }
    for name, value in checkpoint["state_dict"].items():
        if not isinstance(value, Tensor):
            raise InputError(f"{path}: {name!r} in its state_dict is no tensor; copy it again")
    if not isinstance(checkpoint.get("meta", {}), Mapping):
        raise InputError(f"{path}: its 'meta' is no mapping; take its state_dict alone")
    return checkpoint


def check_weights(
    model: nn.Module,
    weights: Mapping[str, Tensor],
    *,
    source: str | Path,
    strict: bool = True,
    apart: str | None = None,
) -> None:
    """Check that weights fit a model, before anything is loaded or trained.

    Args:
        model: The model as built from the config.
        weights: Tensors by name.
        source: The file's name, for the message.
        strict: Whether every tensor must match; otherwise one match is enough.
        apart: Prefix, such as "heads.", of parts that the file or the model may lack, each as a
            whole; one without any tensor in common is another part of the same name.

    Raises:
        InputError: If they do not fit; the message counts and lists what differs.
    """
    own = model.state_dict()
    missing = [k for k in own if k not in weights]
    unexpected = [k for k in weights if k not in own and not k.endswith("position_ids")]
    shapes = [
        f"{k} ({tuple(weights[k].shape)} in the file, {tuple(own[k].shape)} in the model)"
        for k in own
        if k in weights and weights[k].shape != own[k].shape
    ]
    matches = len(own) - len(missing) - len(shapes)
    if apart is not None:
        both = _parts_of_both(weights, own, apart)
        missing = [k for k in missing if _part(k, apart) in both]
        unexpected = [k for k in unexpected if _part(k, apart) in both]
    if matches and not (strict and (missing or unexpected or shapes)):
        return
    lists = (("missing", missing), ("unexpected", unexpected), ("other shapes", shapes))
    details = "; ".join(f"{label}: {_some(names)}" for label, names in lists if names)
    remedy = _remedy(own, missing, matches, only_missing=not (unexpected or shapes))
    raise InputError(
        f"{source} does not fit this {type(model).__name__}: {matches} of {len(own)} tensors "
        f"match; {details}. What to do: {remedy}"
    )


def _remedy(own: Iterable[str], missing: list[str], matches: int, *, only_missing: bool) -> str:
    """Return what to do about a file that does not fit."""
    names = list(own)
    if 2 * matches <= len(names):
        return "it is a checkpoint of another model; name the config it was trained with"
    lacking = sorted({".".join(name.split(".")[:2]) for name in missing})
    known = {".".join(name.split(".")[:2]) for name in names if name not in missing}
    if only_missing and lacking and not known.intersection(lacking):
        return (
            f"it has nothing of {', '.join(lacking[:_SHOWN])}, which this config needs: train it "
            "with this config from the file (tools/train.py CONFIG --load-from FILE), or name the "
            "config the file was trained with"
        )
    return (
        "name the config it was trained with, or set load_from_strict=False in the config to load "
        "only what matches"
    )


def parts_without_weights(model: nn.Module, weights: Mapping[str, Tensor], apart: str) -> list[str]:
    """Return the names of the parts behind a prefix that have weights, but none in the file."""
    own = model.state_dict()
    return sorted(_parts(own, apart) - _parts_of_both(weights, own, apart))


def _parts_of_both(weights: Iterable[str], own: Iterable[str], apart: str) -> set[str]:
    """Return the parts of which file and model have a tensor of one name, and "" for the rest."""
    return _parts(set(weights) & set(own), apart)


def _part(name: str, apart: str) -> str:
    return name.removeprefix(apart).split(".", 1)[0] if name.startswith(apart) else ""


def _parts(names: Iterable[str], apart: str) -> set[str]:
    return {_part(name, apart) for name in names} | {""}


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest


def load_weights(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy into a model all tensors that match in name and shape; check them first."""
    own = model.state_dict()
    fitting = {
        k: shared_like(v, own[k])
        for k, v in weights.items()
        if k in own and v.shape == own[k].shape
    }
    model.load_state_dict(fitting, strict=False)


def write_checkpoint(checkpoint: Mapping[str, Any], path: str | Path) -> None:
    """Write a checkpoint to a temporary file, flush it to the disk, and rename it.

    Args:
        checkpoint: Tensors and plain data only, see :func:`to_plain`.
        path: Target; it holds the former content until the new one is complete.
    """
    with whole_file(path) as file:
        torch.save(dict(checkpoint), file)


def write_text(text: str, path: str | Path) -> None:
    """Write a text file, whole or not at all."""
    with whole_file(path) as file:
        file.write(text.encode())


def find_latest(work_dir: str | Path) -> Path | None:
    """Return the path that a work folder's pointer names, whether it is there or not.

    A folder that was moved keeps working: a pointer to where it was is read by its file name.
    ``None`` if there is no pointer.
    """
    pointer = Path(work_dir) / POINTER
    if not pointer.is_file():
        return None
    text = pointer.read_bytes().decode(errors="replace").replace("\0", "").strip()
    named = Path(text or "nothing (the file is empty)")
    return named if named.is_file() else Path(work_dir) / named.name


def check_resumable(checkpoint: Mapping[str, Any], source: str | Path) -> None:
    """Check that training can go on from a checkpoint.

    Raises:
        InputError: If it holds weights only, as the best checkpoints do.
    """
    needed = ("meta", "optimizer", "message_hub", "random_states")
    missing = [name for name in needed if name not in checkpoint]
    if missing:
        raise InputError(
            f"{source} holds weights but no {', '.join(missing)}, so training cannot go on from "
            "it; resume from an epoch_*.pth or iter_*.pth, or set load_from to start anew with "
            "its weights"
        )


def to_plain(value: Any) -> Any:
    """Return ``value`` as tensors, numbers, strings and plain containers; leave out the rest.

    What remains can be read again with ``weights_only=True`` in every version of PyTorch.
    """
    if isinstance(value, Mapping):
        return {k: to_plain(v) for k, v in value.items() if _is_plain(v)}
    if isinstance(value, (list, tuple)):
        return type(value)(to_plain(v) for v in value if _is_plain(v))
    if isinstance(value, Tensor):
        return value.detach().cpu()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value.item() if isinstance(value, np.generic) else value


def _is_plain(value: Any) -> bool:
    plain = (bool, int, float, str, bytes, list, tuple, Mapping, Tensor, os.PathLike, np.generic)
    return value is None or isinstance(value, plain)
