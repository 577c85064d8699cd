"""Heads that say which attributes a picture shows."""

from .attribute_head import AttributeHead
from .attribute_phrases import phrase_of
from .attribute_scorer import AttributeScorer
from .prompt_attribute_head import PromptAttributeHead

__all__ = ["AttributeHead", "AttributeScorer", "PromptAttributeHead", "phrase_of"]
