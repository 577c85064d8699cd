"""AttributePredictionHead: image-guided prediction of masked attribute phrases."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.functional.masked_tokens import draw_mask, masked_token_cross_entropy
from plipdet.models.views import Views
from plipdet.registry import MODELS
from plipdet.structures import LossTerms, PersonBatch, TextFeatures

from .pretext_head import PretextHead


@MODELS.register_module()
class AttributePredictionHead(PretextHead):
    """Predicts masked word pieces of attribute phrases from the caption and the picture.

    PLIP (arXiv 2305.08386), section 2.2 and Eq. (3) (IAP; VAP in the first version). The picture's
    embedding joins each hidden state of the masked caption, then pre-norm transformer blocks and
    one linear map over the vocabulary, which is applied at masked positions only. How many blocks
    is open in the paper.

    Args:
        vocabulary_size: Word pieces of the text encoder.
        image_dim: Width of the picture's embedding.
        text_dim: Width D of the hidden states.
        mask_ratio: Probability that a unit is masked, 0..1; a plain attribute that the
            curriculum sets during training.
        mask_unit: "piece", each word piece of a phrase for itself, or "phrase", all at once.
        fusion: "add" (section 2.2; needs ``image_dim == text_dim``) or "concat", concatenated
            channels through a linear map (A.6.3).
        num_blocks: Transformer blocks.
        num_heads: Attention heads of a block.
        dropout: Of the blocks, 0..1.
        loss_weight: Factor of the loss in the task's sum; the paper's is 0.1.

    Raises:
        InputError: If an option is unknown or does not fit another.
    """

    uses = frozenset({"image.embedding", "text.tokens"})
    couples = frozenset()

    def __init__(
        self,
        vocabulary_size: int = 30522,
        *,
        image_dim: int = 768,
        text_dim: int = 768,
        mask_ratio: float = 0.2,
        mask_unit: Literal["piece", "phrase"] = "piece",
        fusion: Literal["add", "concat"] = "add",
        num_blocks: int = 1,
        num_heads: int = 12,
        dropout: float = 0.1,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        if mask_unit not in ("piece", "phrase"):
            raise InputError(f"mask_unit is {mask_unit!r}; 'piece' or 'phrase'")
        if fusion not in ("add", "concat"):
            raise InputError(f"fusion is {fusion!r}; 'add' or 'concat'")
        if fusion == "add" and image_dim != text_dim:
            raise InputError(
                f"fusion 'add' needs equal widths; image_dim is {image_dim}, text_dim {text_dim}. "
                f"Set the image encoder's embed_dim to {text_dim}, or fusion='concat'"
            )
        if text_dim % num_heads:
            raise InputError(f"num_heads is {num_heads}, which does not divide {text_dim}")
        self.vocabulary_size = vocabulary_size
        self.image_dim = image_dim
        self.text_dim = text_dim
        self.mask_ratio = mask_ratio
        self.mask_unit = mask_unit
        self.fuse = nn.Linear(text_dim + image_dim, text_dim) if fusion == "concat" else None
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                text_dim,
                num_heads,
                dim_feedforward=4 * text_dim,
                dropout=dropout,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            )
            for _ in range(num_blocks)
        )
        self.vocabulary = nn.Linear(text_dim, vocabulary_size)

    def loss(self, views: Views, batch: PersonBatch) -> LossTerms:
        """Return the mean cross-entropy over the masked positions, and their number.

        Raises:
            InputError: If the pipeline tags no attribute phrases.
        """
        if batch.phrase_slots is None or batch.token_ids is None:
            raise InputError(
                "AttributePredictionHead needs phrase_slots; put TagAttributePhrases before "
                "TokenizeCaption in the pipeline"
            )
        phrases = self.mask_unit == "phrase"
        mask = draw_mask(batch.phrase_slots, self.mask_ratio, whole_phrases=phrases)  # (B, L)
        # How many are masked is known to the device alone; asking it once makes the host wait once
        positions = mask.flatten().nonzero()[:, 0]  # (M,)
        logits = self._predict(views.masked_text(mask), views.image.embedding, positions)
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))  # (M, vocabulary)
        targets = batch.token_ids.flatten()[positions]  # (M,)
        loss = masked_token_cross_entropy(logits, targets)
        count = mask.sum().to(logits.dtype)
        hits = (logits.argmax(dim=1) == targets).sum()
        return LossTerms(loss, {"accuracy": hits / count.clamp(min=1)}, count)

    def predict_tokens(self, text: TextFeatures, image: Tensor, mask: Tensor) -> Tensor:
        """Return scores of the vocabulary at the masked positions, shape (M, vocabulary).

        Args:
            text: The masked captions.
            image: Picture embeddings, shape (B, D).
            mask: Where a word piece is to be predicted, bool, shape (B, L); M of them.
        """
        return self._predict(text, image, mask.flatten().nonzero()[:, 0])

    def forward(self, tokens: Tensor, text_mask: Tensor, image: Tensor) -> Tensor:
        """Return the hidden states after the picture has joined them, shape (B, L, D).

        Args:
            tokens: Hidden states of the masked captions, shape (B, L, D).
            text_mask: True where a word piece is text and not padding, shape (B, L).
            image: Picture embeddings, shape (B, D).
        """
        guide = image[:, None].to(tokens.dtype)  # (B, 1, D)
        if self.fuse is None:
            tokens = tokens + guide
        else:
            guide = guide.expand(-1, tokens.shape[1], -1)
            tokens = self.fuse(torch.cat([tokens, guide], dim=2))
        for block in self.blocks:
            tokens = block(tokens, src_key_padding_mask=~text_mask)
        return tokens

    def _predict(self, text: TextFeatures, image: Tensor, positions: Tensor) -> Tensor:
        tokens = self(text.tokens, text.mask, image).flatten(0, 1)  # (B * L, D)
        return self.vocabulary(tokens.index_select(0, positions))
