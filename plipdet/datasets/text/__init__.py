"""Captions: attribute phrases, word pieces, and changing a colour word."""

from .attribute_phrase_tagger import AttributePhraseTagger, split_phrases
from .caption_tokenizer import CaptionTokenizer
from .phrase_span import PhraseSpan
from .recolour import replace_colour

__all__ = [
    "AttributePhraseTagger",
    "CaptionTokenizer",
    "PhraseSpan",
    "replace_colour",
    "split_phrases",
]
