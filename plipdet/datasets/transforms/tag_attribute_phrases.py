"""TagAttributePhrases: where the caption names attributes."""

from __future__ import annotations

from typing import Any

from mmcv.transforms import BaseTransform

from plipdet.datasets.text.attribute_phrase_tagger import AttributePhraseTagger
from plipdet.registry import TRANSFORMS, build


@TRANSFORMS.register_module()
class TagAttributePhrases(BaseTransform):
    """Sets ``caption_spans``, the attribute phrases of ``caption`` with their slots.

    The row's own attribute phrases are matched first.

    Args:
        tagger: An :class:`AttributePhraseTagger` or its config; ``None`` for the usual one.
    """

    def __init__(self, tagger: Any = None) -> None:
        self.tagger = AttributePhraseTagger() if tagger is None else build(tagger, TRANSFORMS)

    @property
    def stepwise(self) -> bool:
        """Whether a whole batch may be treated at once: another tagger may draw."""
        return isinstance(self.tagger, AttributePhraseTagger)

    @property
    def draws(self) -> bool:
        """Whether it may draw random numbers."""
        return not self.stepwise

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the spans to ``results``."""
        phrases = results["row"].attribute_phrases
        results["caption_spans"] = self.tagger(results["caption"], phrases=phrases)
        return results
