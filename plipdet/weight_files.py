"""Reading files of weights without ever running code from them."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from plipdet.errors import InputError, near

SUFFIXES = (".pth", ".safetensors")
_SHOWN = 4
_ZIP = b"PK\x03\x04"
_LFS = b"version https://git-lfs"


def read_weight_file(path: str | Path) -> Mapping[Any, Any]:
    """Read a torch file of tensors and plain data, or a ``.safetensors`` file, onto the CPU.

    Raises:
        InputError: If there is no such file, it is damaged or no such file, or reading it would
            execute code.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there is no checkpoint {path}{neighbours(path)}")
    with open(path, "rb") as file:
        if file.read(len(_LFS)) == _LFS:
            raise InputError(
                f"{path} is a Git LFS pointer, not the file itself; run 'git lfs pull'"
            )
    content = _read_safetensors(path) if path.suffix == ".safetensors" else _read_torch(path)
    if not isinstance(content, Mapping):
        raise InputError(
            f"{path} holds a {type(content).__name__}, not a checkpoint's mapping; name a file "
            "of weights by name, such as a saved state_dict"
        )
    return content


def neighbours(path: Path) -> str:
    """Return a hint at the weight files beside a path that is not there."""
    if not path.parent.is_dir():
        return f"; there is no folder {path.parent}"
    names = sorted(p.name for p in path.parent.iterdir() if p.suffix in SUFFIXES)
    return near(path.name, names) or (f"; that folder has {names[:_SHOWN]}" if names else "")


def _read_torch(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "Unsupported global" in str(error) or "GLOBAL" in str(error):
            name = str(error).split("GLOBAL ")[-1].split()[0]
            raise InputError(
                f"{path} holds Python objects ({name}), and reading them could run any code; "
                "save its 'state_dict' alone with torch.save and load that file"
            ) from error
        raise InputError(_damaged(path)) from error
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:  # the unpickler raises whatever the damaged bytes provoke
        raise InputError(_damaged(path)) from error


def _read_safetensors(path: Path) -> Mapping[str, Any]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        raise InputError(_damaged(path)) from error


def _damaged(path: Path) -> str:
    # PyTorch's own words would advise to read the file with code execution.
    size = path.stat().st_size
    with open(path, "rb") as file:
        reason = "cut short" if file.read(len(_ZIP)) == _ZIP else "no file of torch"
    if path.suffix == ".safetensors":
        reason = "cut short, or not of safetensors"
    return (
        f"{path} is damaged or no checkpoint ({size} bytes, {reason if size else 'empty'}); copy "
        "it again, or name another one"
    )
