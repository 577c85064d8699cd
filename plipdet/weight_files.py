"""Reading files of weights without ever running code from them, and writing slim ones."""

from __future__ import annotations

import hashlib
import json
import pickle
import re
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from plipdet.errors import InputError, near
from plipdet.storage_claims import broken_storage_claim

SUFFIXES = (".pth", ".safetensors")
_SHOWN = 4
_ZIP = b"PK\x03\x04"
_LFS = b"version https://git-lfs"
# Text in a .safetensors header that is ours: strings under their own names, the rest as one JSON.
_OURS = "plipdet_version"
_FACTS = "facts"
# PyTorch's words for a pickle that asks for more than tensors and plain containers.
_CODE = ("Unsupported global", "GLOBAL", "Unsupported class", "unsupported class", "call reduce")


def file_hash(path: str | Path, *, block: int = 1 << 20) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        blocks: Iterable[bytes] = iter(lambda: file.read(block), b"")
        for data in blocks:
            digest.update(data)
    return digest.hexdigest()


def read_weight_file(path: str | Path) -> Mapping[Any, Any]:
    """Read a torch file of tensors and plain data, or a ``.safetensors`` file, onto the CPU.

    Returns:
        What the file holds; of a file of :func:`pack_safetensors`, its tensors under
        ``state_dict`` and its facts under ``meta``.

    Raises:
        InputError: If there is no such file, it is damaged or no such file, or reading it would
            execute code.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a checkpoint in it{neighbours(path / 'x')}")
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


def pack_safetensors(weights: Mapping[str, Tensor], meta: Mapping[str, Any]) -> bytes:
    """Return the content of a ``.safetensors`` file; :func:`read_weight_file` reads both again.

    Args:
        weights: Tensors by name.
        meta: JSON data. Strings stand in the file's header under their own names, so that any
            tool shows them. ``plipdet_version`` must be among them.
    """
    from safetensors.torch import save

    assert _OURS in meta, "it tells our headers from others'"
    assert not {_FACTS, "format"} & set(meta), "these names are the header's own"
    strings = {k: v for k, v in meta.items() if isinstance(v, str)}
    facts = {k: v for k, v in meta.items() if k not in strings}
    header = {"format": "pt", **strings, _FACTS: json.dumps(facts)}
    return save({k: v.contiguous() for k, v in _unshared(weights).items()}, header)


def _unshared(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copy tensors that share memory with another one, which the format does not know."""
    seen: set[int] = set()
    own: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        place = tensor.untyped_storage().data_ptr()
        own[name] = tensor.clone() if place in seen else tensor
        seen.add(place)
    return own


def _read_torch(path: Path) -> Any:
    _check_claims(path)
    try:
        with warnings.catch_warnings():  # about pickles of another protocol, which may be refused
            warnings.simplefilter("ignore")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if any(words in str(error) for words in _CODE):
            raise InputError(
                f"{path} holds Python objects{_named(str(error))}, and reading them could run any "
                "code; save its 'state_dict' alone with torch.save and load that file"
            ) from error
        raise InputError(_damaged(path)) from error
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:  # the unpickler raises whatever the damaged bytes provoke
        raise InputError(_damaged(path)) from error

    _check_bytes(path)
    return content


def _check_claims(path: Path) -> None:
    try:
        broken = broken_storage_claim(path)
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:  # what cannot be checked is not read
        raise InputError(_damaged(path)) from error
    if broken is not None:
        raise InputError(
            f"{path} is damaged, or made to harm: {broken}; do not use it, get it again from where "
            "it was published"
        )


def _check_bytes(path: Path) -> None:
    """Compare a file's bytes with the checksums that PyTorch writes but does not read."""
    try:
        if not zipfile.is_zipfile(path):
            return  # an older format, which has no checksums
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:  # damaged names and lengths provoke anything
        damaged = type(error).__name__
    if damaged is not None:
        raise InputError(
            f"{path} is damaged: its bytes are not those that were written ({damaged!r}); copy it "
            "again, or name another one"
        )


def _named(message: str) -> str:
    found = re.search(r"(?:GLOBAL|global|function|class) <?([\w.]+)", message)
    return f" ({found[1]})" if found else ""


def _read_safetensors(path: Path) -> Mapping[str, Any]:
    from safetensors import safe_open

    try:
        with safe_open(path, framework="pt") as file:
            header = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name) for name in file.keys()}
        if _OURS not in header:
            return tensors
        facts = json.loads(header.pop(_FACTS, "{}"))
        header.pop("format", None)
        return {"state_dict": tensors, "meta": {**header, **facts}}
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:  # a header can claim anything
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
