"""Changing the colour that a caption gives to one thing, as in PLIP's Fig. 5."""

from __future__ import annotations

import re

from plipdet.datasets.text import word_lists
from plipdet.datasets.text.phrase_span import PhraseSpan
from plipdet.errors import InputError

_VAGUE = frozenset(
    "multicolored multicoloured colorful colourful colored coloured two-tone neon".split()
)
_COLOURS = "|".join(sorted(set(word_lists.COLOURS.split()) - _VAGUE, key=len, reverse=True))
_SHADES = "|".join(word_lists.SHADES.split())
# "dark blue" and "navy blue" are one colour; in "black and white" the first one is meant.
_COLOUR = re.compile(rf"\b(?:(?:{_SHADES})[ -])*(?:{_COLOURS})(?:[ -](?:{_COLOURS}))*\b", re.I)
_ARTICLE = re.compile(r"\b(a)n?(\s+)$", re.I)


def replace_colour(caption: str, span: PhraseSpan, new_colour: str) -> str:
    """Return the caption with the first colour of one phrase changed.

    A shade goes with its colour ("dark blue" is replaced as a whole), a capital letter stays, and
    an article just before the colour is made to fit.

    Args:
        caption: The sentence.
        span: A phrase of it, from :class:`AttributePhraseTagger`.
        new_colour: What to say instead, like ``"red"`` or ``"light green"``.

    Raises:
        InputError: If the new colour is empty, or the phrase names no colour.
    """
    new_colour = new_colour.strip()
    if not new_colour:
        raise InputError("the new colour is empty; give one, like 'red' or 'light green'")
    phrase = caption[span.start : span.end]
    match = _COLOUR.search(phrase)
    if match is None:
        raise InputError(
            f"the phrase {phrase!r} of {caption!r} names no colour; choose a phrase that does"
        )
    start, end = span.start + match.start(), span.start + match.end()
    if caption[start].isupper():
        new_colour = new_colour[0].upper() + new_colour[1:]
    article = "n" if new_colour[0].lower() in "aeiou" else ""
    before = _ARTICLE.sub(rf"\g<1>{article}\g<2>", caption[:start])
    return before + new_colour + caption[end:]
