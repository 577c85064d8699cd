"""publish: a checkpoint of a training as a slim file for others."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import plipdet
from plipdet.engine.checkpoint import read_checkpoint
from plipdet.errors import InputError
from plipdet.weight_files import file_hash, pack_safetensors, read_weight_file
from plipdet.whole_file import whole_file

_SUFFIX = ".safetensors"
_HASH_DIGITS = 8  # in the name, as PyTorch's hub has it
_AVERAGED = "ema_state_dict"
# Small sums over the whole training set, which half precision would spoil or overflow.
_KEPT_PRECISE = ("running_mean", "running_var", "mean", "std")
_PLACES = ("root", "checkpoint", "written_to", "load_from", "work_dir")
_QUOTED_PATH = re.compile(r"""(['"])(?:/|~|[A-Za-z]:\\)[^'"\n]*?([^'"\n/\\]*)[/\\]?\1""")


def publish(
    source: str | Path,
    target: str | Path,
    *,
    ema: bool = False,
    half: bool = False,
    results: Sequence[str | Path] = (),
    licence: str = "not stated",
) -> dict[str, Any]:
    """Write the weights of a checkpoint and the facts of their training, and read them again.

    Folders of this machine do not go into the file; the config goes in as text, and nothing
    reads it but people.

    Args:
        source: Checkpoint of a training.
        target: ``NAME.safetensors``; the file becomes ``NAME-<8 hex of its SHA-256>.safetensors``.
        ema: Refuse a checkpoint without averaged weights. One that has them is published with
            them in any case, as tests use them.
        half: Store float16, but for the statistics of batch norms and of pictures.
        results: Files that ``tools/test.py`` wrote for ``source``.
        licence: Of the weights.

    Returns:
        ``path``, ``sha256``, ``bytes``, ``parameters`` and the file's ``meta``.

    Raises:
        InputError: If ``source`` is no checkpoint, a result is of another file, a value does not
            fit float16, or ``target`` cannot be written.
    """
    target = Path(target)
    if target.suffix != _SUFFIX:
        raise InputError(f"{target} must end in {_SUFFIX}")
    checkpoint = read_checkpoint(source)
    if ema and _AVERAGED not in checkpoint:
        raise InputError(
            f"{source} has no averaged weights; train with EMAHook in custom_hooks, or leave out "
            "--ema"
        )
    weights = dict(checkpoint["state_dict"])
    meta = _facts(checkpoint, file_hash(source), results, licence)
    del checkpoint  # the optimizer's state is several times the weights
    if half:
        weights = {name: _halved(name, value, str(source)) for name, value in weights.items()}
        meta["precision"] = "float16"
    content = pack_safetensors(weights, meta)
    digest = hashlib.sha256(content).hexdigest()
    path = target.with_name(f"{target.stem}-{digest[:_HASH_DIGITS]}{_SUFFIX}")
    with whole_file(path) as file:
        file.write(content)
    _check(path, weights, meta)
    return {
        "path": str(path),
        "sha256": digest,
        "bytes": len(content),
        "parameters": sum(value.numel() for value in weights.values()),
        "meta": meta,
    }


def _facts(
    checkpoint: Mapping[str, Any], source_hash: str, results: Sequence[str | Path], licence: str
) -> dict[str, Any]:
    """Return what the file says beside its weights."""
    return {
        "weights": "averaged" if _AVERAGED in checkpoint else "as trained",
        **_shareable(checkpoint.get("meta", {})),
        "plipdet_version": plipdet.__version__,
        "published": datetime.date.today().isoformat(),
        "published_from": source_hash,
        "licence": licence,
        "metrics": [_result(path, source_hash) for path in results],
    }


def _shareable(value: Any) -> Any:
    """Return plain data without folders of this machine."""
    if isinstance(value, Mapping):
        kept = {str(k): v for k, v in value.items() if k not in _PLACES}
        return {k: _shareable(v) for k, v in kept.items() if _is_plain(v)}
    if isinstance(value, (list, tuple)):
        return [_shareable(item) for item in value if _is_plain(item)]
    if isinstance(value, str):
        return _QUOTED_PATH.sub(r"\1\2\1", value)
    return value


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str, list, tuple, Mapping))


def _result(path: str | Path, source_hash: str) -> dict[str, Any]:
    """Return the figures of a test and what they mean.

    Raises:
        InputError: If it is no result of the checkpoint that is published.
    """
    try:
        result = json.loads(Path(path).read_text(encoding="utf-8"))
        tested = result["protocol"]["checkpoint_sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"it lacks {error}" if isinstance(error, KeyError) else error
        raise InputError(
            f"{path} is no result of tools/test.py ({what}); name the result_*.json that the test "
            "of this checkpoint wrote"
        ) from error
    if tested != source_hash:
        raise InputError(f"{path} is the result of another checkpoint; test this one and name that")
    return _shareable(result)


def _halved(name: str, value: Tensor, source: str) -> Tensor:
    if not value.is_floating_point() or name.rsplit(".", 1)[-1] in _KEPT_PRECISE:
        return value
    half = value.to(torch.float16)
    if half.isfinite().all() or not value.isfinite().all():
        return half
    raise InputError(f"{name!r} of {source} has values beyond float16; leave out --half")


def _check(path: Path, weights: Mapping[str, Tensor], meta: Mapping[str, Any]) -> None:
    """Compare what the disk gives back, bit for bit."""
    found = read_weight_file(path)
    same = found["meta"] == json.loads(json.dumps(meta)) and set(found["state_dict"]) == set(
        weights
    )
    for name, value in weights.items() if same else ():
        stored = found["state_dict"][name]
        same = same and stored.dtype == value.dtype and stored.shape == value.shape
        same = same and torch.equal(_bits(stored), _bits(value))
    if not same:
        path.unlink()
        raise InputError(f"{path} did not come back as it was written; check the disk")


def _bits(value: Tensor) -> Tensor:
    return value.contiguous().flatten().view(torch.uint8)
