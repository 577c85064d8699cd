"""Loading published weights into a part of the model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.weight_files import read_weight_file


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """Read a state dict onto the CPU: safetensors, or a torch file of tensors only.

    A ``state_dict`` or ``model`` entry, as training frameworks write it, is unwrapped.

    Raises:
        InputError: If there is no such file, it holds anything but data, or no tensors.
    """
    content = read_weight_file(path)
    for wrapper in ("state_dict", "model"):
        if isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    tensors = {str(k): v for k, v in content.items() if isinstance(v, Tensor)}
    if not tensors:
        raise InputError(f"{path} holds no tensors; its keys are {list(content)[:8]}")
    return tensors


def load_backbone_weights(module: nn.Module, path: str | Path, *, prefix: str = "") -> None:
    """Load a file into ``module``; weights of the file that it lacks, such as a classifier, stay.

    Under ``torch.device("meta")`` nothing is read.

    Args:
        module: A backbone.
        path: See :func:`read_weights`.
        prefix: Part of the file's names to cut off; names without it are left out.

    Raises:
        InputError: If a weight of ``module`` is missing from the file or has another shape.
    """
    if on_meta():
        return
    weights = read_weights(path)
    found = {k[len(prefix) :]: v for k, v in weights.items() if k.startswith(prefix)}
    wanted = module.state_dict()
    missing = [k for k in wanted if k not in found]
    if missing:
        raise InputError(
            f"{path} lacks {len(missing)} of {len(wanted)} weights of {type(module).__name__}, "
            f"first {missing[0]!r}; its names start like {next(iter(weights))!r}"
        )
    for key, value in wanted.items():
        if found[key].shape != value.shape:
            raise InputError(
                f"{key!r} of {path} has shape {tuple(found[key].shape)}, "
                f"{type(module).__name__} needs {tuple(value.shape)}"
            )
    module.load_state_dict({k: found[k] for k in wanted})


def on_meta() -> bool:
    """Return whether modules are being built without memory, under ``torch.device("meta")``."""
    # torch.get_default_device() of torch 2.6 does not know a device set by a "with".
    return torch.empty(0).device.type == "meta"
