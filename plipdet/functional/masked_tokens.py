"""Prediction of masked word pieces."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from plipdet.structures import PHRASE_SLOTS


def draw_mask(phrase_slots: Tensor, ratio: float, *, whole_phrases: bool = False) -> Tensor:
    """Draw the word pieces to mask among those of attribute phrases.

    PLIP (arXiv 2305.08386), section 2.2: each unit is masked with probability ``ratio``,
    independently. The random numbers come from torch's generator of the tensor's device.

    Args:
        phrase_slots: Slot of the phrase each word piece belongs to, -1 outside, shape (B, L).
        ratio: Probability of a unit, 0..1.
        whole_phrases: The unit is all pieces of one slot in a caption instead of one piece.

    Returns:
        Bool tensor of shape (B, L).
    """
    in_phrase = phrase_slots >= 0
    if whole_phrases:
        shape = (len(phrase_slots), len(PHRASE_SLOTS))
        by_slot = torch.rand(shape, device=phrase_slots.device)
        draw = by_slot.gather(1, phrase_slots.clamp(min=0).long())
    else:
        draw = torch.rand(phrase_slots.shape, device=phrase_slots.device)
    return in_phrase & (draw < ratio)


def draw_word_mask(token_mask: Tensor, ratio: float) -> Tensor:
    """Draw the word pieces to mask among all but the first and the last of each caption.

    Those two are the marks that BERT puts around a text (Devlin et al., arXiv 1810.04805, section
    3.1). The random numbers come from torch's generator of the tensor's device.

    Args:
        token_mask: True where a word piece is text and not padding, which follows it, bool, shape
            (B, L).
        ratio: Probability of a word piece, 0..1.

    Returns:
        Bool tensor of shape (B, L).
    """
    last = token_mask.sum(dim=1, keepdim=True) - 1  # (B, 1)
    places = torch.arange(token_mask.shape[1], device=token_mask.device)  # (L,)
    inside = (places > 0) & (places < last)
    return inside & (torch.rand(token_mask.shape, device=token_mask.device) < ratio)


def masked_token_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of the masked word pieces.

    PLIP (arXiv 2305.08386), Eq. (3).

    Args:
        logits: Scores at the masked positions only, shape (M, vocabulary); M may be 0.
        targets: True word piece at each masked position, int64, shape (M,).

    Returns:
        Scalar mean over the M positions; 0, still with a gradient path, when nothing is masked.
    """
    return F.cross_entropy(logits, targets, reduction="sum") / max(len(targets), 1)
