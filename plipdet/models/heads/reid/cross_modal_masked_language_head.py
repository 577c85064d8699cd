"""CrossModalMaskedLanguageHead: masked words predicted by attending to the picture's map."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.functional.masked_tokens import draw_word_mask, masked_token_cross_entropy
from plipdet.models.views import Views
from plipdet.registry import MODELS
from plipdet.structures import LossTerms, PersonBatch

from ..pretext import PretextHead


@MODELS.register_module()
class CrossModalMaskedLanguageHead(PretextHead):
    """Predicts masked word pieces from the rest of the caption and the places of the picture.

    After the implicit relation reasoning of Jiang and Ye (IRRA), CVPR 2023: training only, the two
    encoders alone answer at test time. Ours where theirs needs CLIP's: each block attends to the
    words and then to the places of the backbone's last map (IRRA: one attention to the picture,
    then to the words only), and every chosen word piece is replaced by the mask token, as the text
    encoder sees whole captions too.

    Args:
        vocabulary_size: Word pieces of the text encoder.
        stage_channels: Channels of the backbone's maps; the last is read.
        text_dim: Width D of the hidden states.
        mask_ratio: Probability that a word piece is masked, above 0 and up to 1.
        num_blocks: Transformer blocks.
        num_heads: Attention heads of a block.
        dropout: Of the blocks, 0..1.
        loss_weight: Factor of the loss in the task's sum; IRRA's is 1.

    Raises:
        InputError: If a value is out of its range, or ``num_heads`` does not divide the width.
    """

    uses = frozenset({"image.last_stage", "text.tokens"})
    couples = frozenset()

    def __init__(
        self,
        vocabulary_size: int = 30522,
        *,
        stage_channels: Sequence[int] = (2048,),
        text_dim: int = 768,
        mask_ratio: float = 0.15,
        num_blocks: int = 4,
        num_heads: int = 12,
        dropout: float = 0.1,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        if not 0 < mask_ratio <= 1:
            raise InputError(f"mask_ratio is {mask_ratio}; expected above 0 and up to 1")
        if num_blocks < 1:
            raise InputError(f"num_blocks is {num_blocks}; 1 or more look at the picture")
        if num_heads < 1 or text_dim % num_heads:
            raise InputError(f"num_heads is {num_heads}, which does not divide {text_dim}")
        self.vocabulary_size = vocabulary_size
        self.stage_channels = tuple(stage_channels)
        self.text_dim = text_dim
        self.mask_ratio = mask_ratio
        self.places = nn.Sequential(
            nn.Linear(self.stage_channels[-1], text_dim), nn.LayerNorm(text_dim)
        )
        block = nn.TransformerDecoderLayer(
            text_dim,
            num_heads,
            dim_feedforward=4 * text_dim,
            dropout=dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.blocks = nn.TransformerDecoder(block, num_blocks, norm=nn.LayerNorm(text_dim))
        for weight in self.blocks.parameters():  # copies of one block would begin equal
            if weight.dim() > 1:
                nn.init.xavier_uniform_(weight)
        self.vocabulary = nn.Linear(text_dim, vocabulary_size)

    def loss(self, views: Views, batch: PersonBatch) -> LossTerms:
        """Return the mean cross-entropy over the masked positions, and their number."""
        if batch.token_ids is None or batch.token_mask is None:
            raise InputError("a head reads texts, but the pipeline tokenises no caption")
        mask = draw_word_mask(batch.token_mask, self.mask_ratio)  # (B, L)
        positions = mask.flatten().nonzero()[:, 0]  # (M,), whose number the host has to ask for
        text = views.masked_text(mask)
        hidden = self(text.tokens, text.mask, views.image.stages[-1]).flatten(0, 1)  # (B * L, D)
        logits = self.vocabulary(hidden.index_select(0, positions))  # (M, vocabulary)
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        targets = batch.token_ids.flatten()[positions]  # (M,)
        count = mask.sum().to(logits.dtype)
        hits = (logits.argmax(dim=1) == targets).sum()
        accuracy = {"accuracy": hits / count.clamp(min=1)}
        return LossTerms(masked_token_cross_entropy(logits, targets), accuracy, count)

    def forward(self, tokens: Tensor, text_mask: Tensor, image_map: Tensor) -> Tensor:
        """Return the hidden states after they have looked at the picture, shape (B, L, D).

        Args:
            tokens: Hidden states of the masked captions, shape (B, L, D).
            text_mask: True where a word piece is text and not padding, shape (B, L).
            image_map: The backbone's last map, shape (B, C, H, W).
        """
        places = self.places(image_map.flatten(2).transpose(1, 2))  # (B, H * W, D)
        return self.blocks(tokens, places, tgt_key_padding_mask=~text_mask)
