"""Noun phrases of a caption by a small grammar: modifiers, a noun, and what is said of it."""

from __future__ import annotations

import re
from typing import NamedTuple

from plipdet.datasets.text.word_classes import SLOT_OF_NOUN, WordClasses

_WORD = re.compile(r"[^\W_]+(?:[-‐‑][^\W_]+)*|[^\w\s]|_")

# The grammar reads one letter a word (see word_classes). "A black and white, loose shirt":
# modifiers are joined by a comma or conjunction only between two of them. The bounds keep a
# sentence of thousands of modifiers linear.
_JOINT = r"(?:(?<=[cjb])(?:,a?|a)(?=r?[cjb]))"
_BEFORE = r"y(?=[345])|k(?=[j1-5HTBk])"
_MODIFIERS = rf"(?:[cjbr]|(?<=d)u|{_BEFORE})(?:[cjbru]|{_BEFORE}|{_JOINT}){{0,12}}"
_NOUN = r"[1-5t]{0,5}(?:[1-5t](?![TB](?!f))|(?<=[1-5t])[TB](?!f))"
_QUALITIES = r"[cjbr]{1,6}(?:(?:,a?|a)[cjbr]{1,6}){0,4}"
_PREDICATE = rf"(?:w?i{_QUALITIES}(?![cjbruyk1-5tTBWHF])(?:od[cjr]{{0,3}}1)?)?"
_PHRASE = re.compile(
    rf"(?P<noun>(?:{_MODIFIERS})?{_NOUN}){_PREDICATE}"
    rf"|(?P<weak>(?:{_MODIFIERS}|(?<=d))(?:[TBW](?!f)|[TBWHF](?<!d[HF])(?!f)))(?:{_PREDICATE})"
    r"|(?P<head>[cjr]{0,4}q|h|b)"
    r"|(?P<gender>g)"
    r"|(?P<shoes>s)"
)


class Words(NamedTuple):
    """A caption cut into words and punctuation marks.

    Args:
        lower: The words in lower case.
        starts: First character of each.
        ends: One past the last character of each.
        letters: Class of each word, one letter a word.
    """

    lower: list[str]
    starts: list[int]
    ends: list[int]
    letters: str


class Chunk(NamedTuple):
    """A noun phrase: its slot and its words, ``first`` to ``last`` exclusive."""

    slot: int
    first: int
    last: int


def split_words(caption: str, classes: WordClasses) -> Words:
    """Cut a caption into words and class them."""
    lower: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _WORD.finditer(caption):
        lower.append(match[0].lower())
        start, end = match.span()
        starts.append(start)
        ends.append(end)
    return Words(lower, starts, ends, "".join([classes[word] for word in lower]))


def chunk(letters: str) -> list[Chunk]:
    """Find the noun phrases that fill a slot.

    Args:
        letters: Classes of a caption's words, from :func:`split_words`.

    Returns:
        Chunks in order, without overlap.
    """
    found: list[Chunk] = []
    for match in _PHRASE.finditer(letters):
        first, last = match.span()
        kind = match.lastgroup
        if kind == "gender":
            slot = 0
        elif kind == "head":
            slot = 1
        elif kind == "shoes":
            slot = 4
        else:
            assert kind is not None
            slot = _slot_of_noun(match[kind], letters, first, found)
            if slot < 0:
                continue
        found.append(Chunk(slot, first, last))
    return found


def _slot_of_noun(noun: str, letters: str, first: int, found: list[Chunk]) -> int:
    """Return the slot of a phrase by its last noun, or -1 for a part of nothing named before."""
    for letter in reversed(noun):
        if letter in SLOT_OF_NOUN:
            return SLOT_OF_NOUN[letter]
        if letter != "t":
            break
    for earlier in reversed(found):
        if "." in letters[earlier.last : first]:
            break
        if earlier.slot >= 1:
            return earlier.slot
    return -1
