"""Converting PLIP's published (first-version) checkpoints to ours and back, and checking it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

import plipdet
from plipdet.engine.checkpoint import read_checkpoint, write_checkpoint
from plipdet.errors import InputError
from plipdet.models import BertTextEncoder, ImageEncoder, PersonDataPreprocessor
from plipdet.models.plip_v1_names import read_published, to_published
from plipdet.models.plip_v1_sizes import PLIPV1Sizes
from plipdet.weight_files import SUFFIXES, file_hash, pack_safetensors, read_weight_file
from plipdet.whole_file import whole_file


def convert_plip_v1(
    source: str | Path, target: str | Path, *, text_heads: int | None = None
) -> dict[str, Any]:
    """Write a published checkpoint's encoders as a checkpoint of ``PretrainingTask``.

    It fits the encoders of ``configs/plip/pretrain_r50_v1.py`` when it has the published sizes.
    The published file has no heads, so neither has the new one.

    Args:
        source: The published file.
        target: New file, ``.safetensors`` or ``.pth``.
        text_heads: Heads of BERT; ``None`` is one for 64 channels.

    Returns:
        The new file's ``meta``, JSON data.

    Raises:
        InputError: If ``source`` is no such checkpoint, or ``target`` cannot be written, or is
            there already and is no converted checkpoint.
    """
    source, target = Path(source), Path(target)
    _check_target(target)
    content = read_weight_file(source)
    weights = read_published(content, source=str(source))
    sizes = PLIPV1Sizes.of_weights(weights, text_heads=text_heads)
    _check_finite(weights, source)
    preprocessor = PersonDataPreprocessor()
    weights.update(preprocessor.state_dict(prefix="data_preprocessor."))
    meta = {
        "plipdet_version": plipdet.__version__,
        "converted_from": {
            "format": "PLIP v1",
            "file": source.name,
            "sha256": file_hash(source),
            "epoch": content["epoch"] if isinstance(content.get("epoch"), int) else None,
        },
        "sizes": _as_json(sizes),
        "input_size": list(sizes.input_size),
        "text_pooling": "pooler",
        "normalization": {
            "mean": [round(v, 6) for v in preprocessor.mean.flatten().tolist()],
            "std": [round(v, 6) for v in preprocessor.std.flatten().tolist()],
        },
    }
    _write(weights, meta, target)
    return meta


def restore_plip_v1(source: str | Path, target: str | Path) -> dict[str, Any]:
    """Write a checkpoint's encoders in the published format, for code that reads that one.

    Args:
        source: Weights of a model such as ``configs/plip/pretrain_r50_v1.py``'s.
        target: New file, in torch's format whatever its name.

    Returns:
        The sizes of the encoders, JSON data.

    Raises:
        InputError: If the encoders are not of the first version's form, or ``target`` is there
            already or cannot be written.
    """
    target = Path(target)
    if target.exists():
        raise InputError(f"{target} is there already; name another file, or remove it")
    weights = read_checkpoint(source)["state_dict"]
    sizes = _as_json(PLIPV1Sizes.of_weights(weights, text_heads=1))
    del sizes["text_heads"]  # the weights do not tell it
    write_checkpoint(to_published(weights), target)
    return sizes


def _as_json(sizes: PLIPV1Sizes) -> dict[str, Any]:
    found = dataclasses.asdict(sizes)
    return {k: list(v) if isinstance(v, tuple) else v for k, v in found.items()}


def _check_target(target: Path) -> None:
    if target.suffix not in SUFFIXES:
        raise InputError(f"{target} must end in {' or '.join(SUFFIXES)}, which names its format")
    if target.is_dir():
        raise InputError(f"{target} is a folder; name a file in it")
    if target.exists() and _sizes_of(read_weight_file(target)) is None:
        raise InputError(
            f"{target} is there already and is no converted file; name another, or remove it"
        )


def _sizes_of(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what :func:`convert_plip_v1` has written into a file, ``None`` if it has not."""
    meta = content.get("meta")
    found = meta.get("sizes") if isinstance(meta, Mapping) else None
    return found if isinstance(found, Mapping) and "text_heads" in found else None


def _check_finite(weights: Mapping[str, Tensor], source: Path) -> None:
    broken = [k for k, v in weights.items() if v.is_floating_point() and not v.isfinite().all()]
    if broken:
        raise InputError(f"{source} has values that are not finite, first in {broken[0]!r}")


def _write(weights: Mapping[str, Tensor], meta: Mapping[str, Any], target: Path) -> None:
    if target.suffix == ".safetensors":
        with whole_file(target) as file:
            file.write(pack_safetensors(weights, meta))
    else:
        write_checkpoint({"state_dict": dict(weights), "meta": dict(meta)}, target)


def load_encoders(checkpoint: str | Path) -> tuple[ImageEncoder, BertTextEncoder]:
    """Return the encoders of a converted file, in eval mode.

    Raises:
        InputError: If the file does not come from :func:`convert_plip_v1`.
    """
    content = read_checkpoint(checkpoint)
    facts, weights = _sizes_of(content), content["state_dict"]
    if facts is None:
        raise InputError(f"{checkpoint} is no converted checkpoint of PLIP v1")
    sizes = PLIPV1Sizes.of_weights(weights, text_heads=facts["text_heads"])
    image, text = sizes.image_encoder(), sizes.text_encoder()
    for encoder, prefix in ((image, "image_encoder."), (text, "text_encoder.")):
        own = {name: weights[prefix + name] for name in encoder.state_dict()}
        encoder.load_state_dict(own)
        encoder.eval()
    return image, text
