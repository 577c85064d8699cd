"""BertTextEncoder: BERT with its first layers frozen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from plipdet.errors import InputError
from plipdet.registry import MODELS
from plipdet.structures import TextFeatures

from ..recompute import recompute
from .bert_weights import build_bert

_POOLINGS = ("mean", "mean_all", "pooler")


@MODELS.register_module()
class BertTextEncoder(nn.Module):
    """Word pieces to hidden states and one vector a sentence.

    PLIP (arXiv 2305.08386), section 3.1 and A.6.1: ``bert-base-uncased`` whose embeddings and
    first eight layers are frozen. The frozen part depends on the text alone, so it runs without
    autograd and always in eval mode, without dropout. The second version of the paper averages
    the hidden states, the published weights of the first take the pooler's output.

    Args:
        model: Hub name; local folder; ``"package:NAME/FOLDER"``, a folder inside an installed
            package; or a mapping of ``BertConfig`` arguments for random weights.
        freeze_layers: How many first layers are frozen, and with them the embeddings; 0 trains
            all.
        pooling: "mean" over the word pieces; "mean_all" over ``pad_to`` positions, padding too,
            after the authors' code; "pooler", the transformed first hidden state. With each of
            them the embedding of a caption does not depend on the others of its batch.
        pad_to: Positions that "mean_all" averages over, to which it fills up each batch; the
            authors' are 64. The others take a batch as it is, padded to its longest caption.
        mask_token_id: Word piece that stands for a masked one; 103 is ``[MASK]`` of
            ``bert-base-uncased``.
        pretrained: Read the weights of ``model``; without, only its configuration is read, for a
            model whose checkpoint follows.
        activation_checkpointing: Keep only the input of each trained layer for the backward pass
            and compute the rest again there, for less memory and the same gradients.

    Raises:
        InputError: If the weights are not found, or an argument does not fit the model.
    """

    def __init__(
        self,
        model: str | Path | Mapping[str, Any] = "bert-base-uncased",
        *,
        freeze_layers: int = 8,
        pooling: Literal["mean", "mean_all", "pooler"] = "mean",
        pad_to: int = 64,
        mask_token_id: int = 103,
        pretrained: bool = True,
        activation_checkpointing: bool = False,
    ) -> None:
        super().__init__()
        if pooling not in _POOLINGS:
            raise InputError(f"pooling is {pooling!r}; BertTextEncoder knows {_POOLINGS}")
        self.encoder = build_bert(model, pretrained=pretrained, pooler=pooling == "pooler")
        layers = len(self.encoder.encoder.layer)
        if not 0 <= freeze_layers <= layers:
            raise InputError(f"freeze_layers is {freeze_layers}; {model} has 0 to {layers} layers")
        if not 0 <= mask_token_id < self.vocabulary_size:
            raise InputError(
                f"mask_token_id is {mask_token_id}, outside the {self.vocabulary_size} word pieces"
            )
        positions = self.encoder.config.max_position_embeddings
        if pooling == "mean_all" and not 1 <= pad_to <= positions:
            raise InputError(f"pad_to is {pad_to}; {model} has 1 to {positions} positions")
        self.pooling = pooling
        self.pad_to = pad_to
        self.freeze_layers = freeze_layers
        self.mask_token_id = mask_token_id
        self.activation_checkpointing = activation_checkpointing
        for module in self._frozen():
            module.requires_grad_(False)

    @property
    def embed_dim(self) -> int:
        """Width D of the hidden states and of the embedding."""
        return self.encoder.config.hidden_size

    @property
    def vocabulary_size(self) -> int:
        """Number of word pieces."""
        return self.encoder.config.vocab_size

    def forward(self, token_ids: Tensor, token_mask: Tensor) -> TextFeatures:
        """Encode sentences.

        Args:
            token_ids: Word pieces, int64, shape (B, L).
            token_mask: True where ``token_ids`` is text and not padding, bool, shape (B, L).

        Raises:
            InputError: If L is more than the positions of the encoder, or than ``pad_to``.
        """
        length, token_mask = token_ids.shape[1], token_mask.bool()
        positions = self.encoder.config.max_position_embeddings
        pads = self.pooling == "mean_all"
        if length > (self.pad_to if pads else positions):
            raise InputError(
                f"captions of {length} word pieces, the text encoder "
                + (f"pads to {self.pad_to}" if pads else f"has {positions} positions")
                + "; lower max_length of the tokenizer"
            )
        if pads:
            missing = (0, self.pad_to - length)
            token_ids = F.pad(token_ids, missing, value=self.encoder.config.pad_token_id or 0)
            token_mask = F.pad(token_mask, missing, value=False)
        attended = token_mask[:, None, None, :]  # (B, 1, 1, L), over heads and queries
        layers = self.encoder.encoder.layer
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.freeze_layers == 0):
            hidden = self.encoder.embeddings(token_ids)
            for layer in layers[: self.freeze_layers]:
                hidden = layer(hidden, attended)
        for layer in layers[self.freeze_layers :]:
            if self.activation_checkpointing:
                hidden = recompute(layer, hidden, attended)
            else:
                hidden = layer(hidden, attended)
        embedding = self._pool(hidden, token_mask)
        return TextFeatures(hidden[:, :length], token_mask[:, :length], embedding)

    def checkpoint_activations(self, on: bool) -> None:
        """Turn on or off that activations are computed again in the backward pass."""
        self.activation_checkpointing = on

    def train(self, mode: bool = True) -> BertTextEncoder:
        """Set the mode; the frozen part stays in eval."""
        super().train(mode)
        for module in self._frozen():
            module.eval()
        return self

    def steps_to_output(self) -> dict[str, int]:
        """Return how many layers after each parameter's own there are, for layer-wise decay.

        The pooler is the output, 0; then come the layers and the embeddings.
        """
        layers = len(self.encoder.encoder.layer)
        steps = {"embeddings": layers + 1, "pooler": 0}
        found = {}
        for name, _ in self.named_parameters():
            _, part, *rest = name.split(".")
            found[name] = steps[part] if part in steps else layers - int(rest[1])
        return found

    def freeze_unused(self, *, tokens: bool, embedding: bool) -> None:
        """Freeze what no head reads, so that every trainable parameter gets a gradient.

        Args:
            tokens: Whether a head reads the hidden states.
            embedding: Whether a head reads the embedding.
        """
        if not embedding and self.encoder.pooler is not None:
            self.encoder.pooler.requires_grad_(False)
        if not tokens and not embedding:
            self.requires_grad_(False)

    def _frozen(self) -> list[nn.Module]:
        if self.freeze_layers == 0:
            return []
        return [self.encoder.embeddings, *self.encoder.encoder.layer[: self.freeze_layers]]

    def _pool(self, hidden: Tensor, token_mask: Tensor) -> Tensor:
        if self.encoder.pooler is not None:
            return self.encoder.pooler(hidden)
        if self.pooling == "mean_all":
            return hidden.mean(dim=1)
        weights = token_mask.unsqueeze(2).to(hidden.dtype)  # (B, L, 1)
        return (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
