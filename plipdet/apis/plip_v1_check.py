"""Comparing a converted checkpoint's outputs with the authors', number by number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from plipdet.array_files import read_arrays
from plipdet.errors import InputError
from plipdet.models import ColorizationHead
from plipdet.models.plip_v1_names import decoder_name

from .plip_v1 import load_encoders

_STAGES = ("stage1", "stage2", "stage3", "stage4")
_NEEDED = (
    *("image", *_STAGES, "image_embedding"),
    *("token_ids", "token_mask", "text_hidden", "text_pooler"),
    *("colorization_text", "colorization_rgb", "decoder.channelunity1.weight"),
)
_DECODER = "decoder."
_NUMBERS = "biuf"  # kinds of arrays


@dataclass(frozen=True, slots=True)
class Difference:
    """How far one output is from the authors'.

    Args:
        name: Of the output.
        absolute: Largest difference.
        largest: Largest absolute value of the authors'.
    """

    name: str
    absolute: float
    largest: float

    @property
    def relative(self) -> float:
        """Largest difference over the largest value."""
        return self.absolute / self.largest if self.largest else self.absolute

    def within(self, tolerance: float) -> bool:
        """Return whether it is as small as asked for, both as it is and relatively."""
        return self.absolute <= tolerance and self.relative <= tolerance  # False for NaN


def read_vectors(path: str | Path) -> dict[str, Tensor]:
    """Read the authors' inputs and outputs.

    Args:
        path: ``.npz`` with ``image``, ``stage1`` to ``stage4`` and ``image_embedding``;
            ``token_ids``, ``token_mask``, ``text_hidden`` and ``text_pooler``;
            ``colorization_text``, ``colorization_rgb`` and the decoder's weights as ``decoder.*``.

    Raises:
        InputError: If the file is missing or damaged, or lacks one of them.
    """
    arrays = read_arrays(path)
    vectors = {k: torch.from_numpy(v) for k, v in arrays.items() if v.dtype.kind in _NUMBERS}
    missing = [name for name in _NEEDED if name not in vectors]
    if missing:
        raise InputError(f"{path} lacks {', '.join(missing)}; name a file with all of them")
    return vectors


@torch.no_grad()
def compare_with_authors(checkpoint: str | Path, vectors: Mapping[str, Tensor]) -> list[Difference]:
    """Run a converted checkpoint on the authors' inputs and compare all outputs.

    Args:
        checkpoint: From :func:`plipdet.apis.plip_v1.convert_plip_v1`.
        vectors: From :func:`read_vectors`.

    Raises:
        InputError: If an input or output does not fit the checkpoint.
    """
    image_encoder, text_encoder = load_encoders(checkpoint)
    found: dict[str, Tensor] = {}
    try:
        image = image_encoder(vectors["image"])
        found.update(zip(_STAGES, image.stages, strict=True), image_embedding=image.embedding)
        text = text_encoder(vectors["token_ids"], vectors["token_mask"])
        found.update(text_hidden=text.tokens, text_pooler=text.embedding)
        found["colorization_rgb"] = _colorize(vectors, image_encoder.stage_channels)
    except (RuntimeError, IndexError, TypeError) as error:
        raise InputError(
            f"the vectors are not of {checkpoint}: {str(error).strip().splitlines()[0]}"
        ) from error
    return [_difference(name, value, vectors[name]) for name, value in found.items()]


def _colorize(vectors: Mapping[str, Tensor], stage_channels: tuple[int, ...]) -> Tensor:
    weights = {
        decoder_name(k.removeprefix(_DECODER)): v
        for k, v in vectors.items()
        if k.startswith(_DECODER)
    }
    head = ColorizationHead(
        stage_channels,
        text_dim=vectors["colorization_text"].shape[1],
        channels=weights["lateral.0.weight"].shape[0],
    )
    head.load_state_dict(weights)
    head.eval()
    return head.colorize([vectors[name] for name in _STAGES], vectors["colorization_text"])


def _difference(name: str, found: Tensor, wanted: Tensor) -> Difference:
    if found.shape != wanted.shape:
        raise InputError(
            f"{name} of the vectors has shape {tuple(wanted.shape)}, the checkpoint gives "
            f"{tuple(found.shape)}"
        )
    largest = wanted.abs().max().item() if wanted.numel() else 0.0
    absolute = (found - wanted).abs().max().item() if wanted.numel() else 0.0
    return Difference(name, absolute, largest)
