"""TokenizeBoxCaptions: a sentence about each person of a scene, as word pieces."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from plipdet.registry import TRANSFORMS, build


@TRANSFORMS.register_module()
class TokenizeBoxCaptions(BaseTransform):
    """Sets ``box_tokens`` and ``box_token_masks``, an array a box, empty without words; ``pad_id``.

    A person with an identity gets one of their sentences by chance; people who are nobody of the
    data set, and regions that are ignored, get none.

    Args:
        tokenizer: A ``plipdet.datasets.text.CaptionTokenizer`` or its config.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = build(tokenizer, TRANSFORMS)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the word pieces to ``results``."""
        rng: np.random.Generator = results["rng"]
        tokens, masks = [], []
        for row in results["people"]:
            captions = None if row is None or row.person_id is None else row.captions
            ids, mask = np.zeros(0, np.int64), np.zeros(0, bool)
            if captions:
                chosen = captions[int(rng.integers(len(captions)))]
                ids, mask, _ = self.tokenizer.tokenize(chosen, ())
            tokens.append(ids)
            masks.append(mask)
        results.update(box_tokens=tokens, box_token_masks=masks, pad_id=self.tokenizer.pad_id)
        return results
