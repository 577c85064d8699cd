"""PLIPV1Sizes: the sizes of PLIP's first version, read off its weights."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from plipdet.errors import InputError

from .backbones import PLIPResNet
from .image_encoder import ImageEncoder
from .necks import AttentionPooling
from .text_encoders import BertTextEncoder

_IMAGE, _TEXT = "image_encoder.backbone", "text_encoder.encoder"
_POOLING = "image_encoder.pooling"
_STRIDE = 32
_HEAD_WIDTH = 64
_ASPECTS = (2, 3, 1)  # height over width of person pictures; their products with squares differ
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class PLIPV1Sizes:
    """The sizes of the two encoders.

    Args:
        stage_blocks: Blocks of the four stages.
        stem_width: Channels after the stem.
        embed_dim: Width of the image embedding.
        map_size: Height and width of the map that the attention pool reads.
        vocabulary: Word pieces.
        text_width: Width of BERT's hidden states.
        text_layers: Layers of BERT.
        text_intermediate: Width inside a layer.
        text_positions: Longest caption, word pieces.
        text_types: Kinds of sentences.
        text_heads: Attention heads of a layer.
    """

    stage_blocks: tuple[int, ...]
    stem_width: int
    embed_dim: int
    map_size: tuple[int, int]
    vocabulary: int
    text_width: int
    text_layers: int
    text_intermediate: int
    text_positions: int
    text_types: int
    text_heads: int

    @classmethod
    def of_weights(
        cls, weights: Mapping[str, Tensor], *, text_heads: int | None = None
    ) -> PLIPV1Sizes:
        """Read the sizes off weights, and check that the weights are all there and no others.

        Args:
            weights: By the names of ``PretrainingTask``; its heads' and preprocessor's are not
                looked at.
            text_heads: Heads of BERT, which no weight tells; ``None`` is one for 64 channels.

        Raises:
            InputError: If weights are missing, unexpected, or of shapes that do not fit; or the
                heads do not divide BERT's width.
        """
        words = _shape(weights, f"{_TEXT}.embeddings.word_embeddings.weight")
        sizes = cls(
            stage_blocks=tuple(_count(weights, f"{_IMAGE}.layer{s}") for s in range(1, 5)),
            stem_width=_shape(weights, f"{_IMAGE}.conv3.weight")[0],
            embed_dim=_shape(weights, f"{_POOLING}.c_proj.weight")[0],
            map_size=_map_size(_shape(weights, f"{_POOLING}.positional_embedding")[0] - 1),
            vocabulary=words[0],
            text_width=words[1],
            text_layers=_count(weights, f"{_TEXT}.encoder.layer"),
            text_intermediate=_shape(weights, f"{_TEXT}.encoder.layer.0.intermediate.dense.weight")[
                0
            ],
            text_positions=_shape(weights, f"{_TEXT}.embeddings.position_embeddings.weight")[0],
            text_types=_shape(weights, f"{_TEXT}.embeddings.token_type_embeddings.weight")[0],
            text_heads=_heads(words[1], text_heads),
        )
        with torch.device("meta"):
            wanted = {
                **sizes.image_encoder().state_dict(prefix="image_encoder."),
                **sizes.text_encoder().state_dict(prefix="text_encoder."),
            }
        _check_names_and_shapes(weights, wanted)
        return sizes

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of pictures, px."""
        return self.map_size[0] * _STRIDE, self.map_size[1] * _STRIDE

    def image_encoder(self) -> ImageEncoder:
        """Return an encoder of these sizes, with random weights."""
        backbone = PLIPResNet(stage_blocks=self.stage_blocks, stem_width=self.stem_width)
        pooling = AttentionPooling(
            backbone.stage_channels[-1], self.embed_dim, map_size=self.map_size
        )
        return ImageEncoder(backbone, pooling, embed_dim=self.embed_dim)

    def text_encoder(self) -> BertTextEncoder:
        """Return an encoder of these sizes, with random weights."""
        bert = {
            "vocab_size": self.vocabulary,
            "hidden_size": self.text_width,
            "num_hidden_layers": self.text_layers,
            "num_attention_heads": self.text_heads,
            "intermediate_size": self.text_intermediate,
            "max_position_embeddings": self.text_positions,
            "type_vocab_size": self.text_types,
        }
        return BertTextEncoder(bert, freeze_layers=0, pooling="pooler", mask_token_id=0)


def _shape(weights: Mapping[str, Tensor], name: str) -> tuple[int, ...]:
    if name not in weights:
        raise InputError(f"the weights of PLIP v1 lack {_published(name)!r}; copy the file again")
    shape = tuple(weights[name].shape)
    if not shape:
        raise InputError(f"{_published(name)!r} of PLIP v1 is a single number, not an array")
    return shape


def _published(name: str) -> str:
    """Return a name as far as it reads the same in the published file."""
    return (
        name.removeprefix(f"{_IMAGE}.")
        .removeprefix("text_encoder.")
        .replace(f"{_POOLING}.", "attnpool.")
    )


def _count(weights: Mapping[str, Tensor], prefix: str) -> int:
    pattern = re.compile(re.escape(prefix) + r"\.(\d+)\.")
    found = {int(match[1]) for match in map(pattern.match, weights) if match}
    if not found or max(found) + 1 != len(found):
        raise InputError(
            f"the weights of PLIP v1 have {_published(prefix + '.')}N for N in {sorted(found)}; "
            "expected 0, 1, ... without a gap"
        )
    return len(found)


def _map_size(positions: int) -> tuple[int, int]:
    for aspect in _ASPECTS:
        width = math.isqrt(max(positions, 0) // aspect)
        if width and aspect * width**2 == positions:
            return aspect * width, width
    raise InputError(
        f"the attention pool has {positions} positions; expected 2, 3 or 1 times a square, as of "
        "pictures twice, three times or just as high as wide"
    )


def _heads(width: int, given: int | None) -> int:
    heads = width // _HEAD_WIDTH if given is None else given
    if heads < 1 or width % heads or (given is None and width % _HEAD_WIDTH):
        many = f"{given} heads" if given is not None else f"heads of {_HEAD_WIDTH} channels"
        raise InputError(
            f"{many} do not divide the text encoder's {width} channels; give the number that it "
            "was trained with, --text-heads N"
        )
    return heads


def _check_names_and_shapes(weights: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    found = {k: v for k, v in weights.items() if k.startswith(("image_encoder.", "text_encoder."))}
    lists = {
        "missing": [k for k in wanted if k not in found],
        "unexpected": [k for k in found if k not in wanted],
        "of another shape": [
            f"{k} {tuple(found[k].shape)} for {tuple(wanted[k].shape)}"
            for k in wanted
            if k in found and found[k].shape != wanted[k].shape
        ],
    }
    problems = [
        f"{len(names)} {label} ({', '.join(map(_published, names[:_SHOWN]))}"
        + (", ...)" if len(names) > _SHOWN else ")")
        for label, names in lists.items()
        if names
    ]
    if problems:
        raise InputError(
            f"the weights do not make a model of PLIP v1: {'; '.join(problems)}; name a checkpoint "
            "with both encoders, attention pool and BERT's pooler"
        )
