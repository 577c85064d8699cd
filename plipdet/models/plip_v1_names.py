"""The names of weights in PLIP's published (first-version) checkpoints, and ours for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from plipdet.errors import InputError

# A checkpoint is a mapping with these two state dicts (Zplusdragon/PLIP on GitHub).
IMAGE_PART, TEXT_PART = "ImgEncoder_state_dict", "TxtEncoder_state_dict"
_WRAPPER = "module."
_POSITION_IDS = "position_ids"  # a buffer of old transformers, 0 to the number of positions
_POOLING = ("attnpool.", "image_encoder.pooling.")
_BACKBONE = "image_encoder.backbone."
_TEXT = "text_encoder."
_DECODER = {"channelunity": "lateral", "SE_block": "gates", "deconv": "upsample"}


def read_published(content: Mapping[Any, Any], *, source: str) -> dict[str, Tensor]:
    """Return a published checkpoint's weights under the names of ``PretrainingTask``.

    Args:
        content: What the file holds.
        source: The file's name, for messages.

    Raises:
        InputError: If it is no such checkpoint.
    """
    weights: dict[str, Tensor] = {}
    for part, rename in ((IMAGE_PART, _image_name), (TEXT_PART, _text_name)):
        tensors = content.get(part)
        if not isinstance(tensors, Mapping):
            raise InputError(
                f"{source} is no checkpoint of PLIP v1: it has no {part!r}, but "
                f"{sorted(map(str, content))[:4]}; weights of tools/train.py need no conversion"
            )
        for name, value in tensors.items():
            if not isinstance(value, Tensor):
                raise InputError(f"{part} of {source} holds no tensor under {name!r}")
            if not str(name).endswith(_POSITION_IDS):
                weights[rename(str(name).removeprefix(_WRAPPER))] = value
    return weights


def to_published(weights: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Return the two state dicts of a published checkpoint; what it has no place for is left out.

    Args:
        weights: By the names of ``PretrainingTask``, of encoders such as ``pretrain_r50_v1``'s.
    """
    image, text = {}, {}
    for name, value in weights.items():
        if name.startswith(_POOLING[1]):
            image[_WRAPPER + _POOLING[0] + name.removeprefix(_POOLING[1])] = value
        elif name.startswith(_BACKBONE):
            image[_WRAPPER + name.removeprefix(_BACKBONE)] = value
        elif name.startswith(_TEXT):
            text[_WRAPPER + name.removeprefix(_TEXT)] = value
    return {IMAGE_PART: image, TEXT_PART: text}


def decoder_name(name: str) -> str:
    """Return ``ColorizationHead``'s name for one of the authors' decoder, such as ``deconv1.bias``.

    Raises:
        InputError: If the authors' decoder has no such weight.
    """
    found = re.fullmatch(r"(channelunity|SE_block|deconv)([1-9])\.(.+)", name)
    if not found:
        raise InputError(f"the decoder of PLIP v1 has no weight {name!r}")
    return f"{_DECODER[found[1]]}.{int(found[2]) - 1}.{found[3]}"


def _image_name(name: str) -> str:
    if name.startswith(_POOLING[0]):
        return _POOLING[1] + name.removeprefix(_POOLING[0])
    return _BACKBONE + name


def _text_name(name: str) -> str:
    return _TEXT + name
