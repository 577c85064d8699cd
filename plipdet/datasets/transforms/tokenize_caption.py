"""TokenizeCaption: from a sentence to word pieces."""

from __future__ import annotations

from typing import Any

from mmcv.transforms import BaseTransform

from plipdet.datasets.text.caption_tokenizer import CaptionTokenizer
from plipdet.registry import TRANSFORMS, build


@TRANSFORMS.register_module()
class TokenizeCaption(BaseTransform):
    """Sets ``token_ids``, ``token_mask`` and ``pad_id``, each word piece of ``caption`` one entry.

    Where ``caption_spans`` is set, ``phrase_slots`` tells the attribute slot of each word piece,
    -1 outside phrases. Texts are padded in :func:`plipdet.datasets.collate`, to the longest of a
    batch.

    Args:
        tokenizer: A ``plipdet.datasets.text.CaptionTokenizer`` or its config.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = build(tokenizer, TRANSFORMS)

    @property
    def stepwise(self) -> bool:
        """Whether a whole batch may be treated at once: another tokenizer may draw."""
        return isinstance(self.tokenizer, CaptionTokenizer)

    @property
    def draws(self) -> bool:
        """Whether it may draw random numbers."""
        return not self.stepwise

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the word pieces to ``results``."""
        spans = results.get("caption_spans")
        ids, mask, slots = self.tokenizer.tokenize(results["caption"], spans or ())
        results.update(token_ids=ids, token_mask=mask, pad_id=self.tokenizer.pad_id)
        if spans is not None:
            results["phrase_slots"] = slots
        return results
