"""Noun phrases of a caption by a small grammar: modifiers, a noun, and what is said of it."""

from __future__ import annotations

import re

from plipdet.datasets.text.word_classes import SLOT_OF_NOUN

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
    # What cannot begin a phrase is passed over at once.
    r"(?=[1-5tcjbrukyTBWHFhqgs])(?:"
    rf"(?P<noun>(?:{_MODIFIERS})?{_NOUN}){_PREDICATE}"
    rf"|(?P<weak>(?:{_MODIFIERS}|(?<=d))(?:[TBW](?!f)|[TBWHF](?<!d[HF])(?!f)))(?:{_PREDICATE})"
    r"|(?P<head>[cjr]{0,4}q|h|b)"
    r"|(?P<gender>g)"
    r"|(?P<shoes>s))"
)
_SLOT_OF_GROUP = {"head": 1, "gender": 0, "shoes": 4}

# A noun phrase: its slot and its words, first to last exclusive.
Chunk = tuple[int, int, int]


def chunk(letters: str) -> list[Chunk]:
    """Find the noun phrases that fill a slot.

    Args:
        letters: Classes of a caption's words.

    Returns:
        Chunks in order, without overlap.
    """
    found: list[Chunk] = []
    for match in _PHRASE.finditer(letters):
        first, last = match.span()
        group = match.lastgroup
        assert group is not None
        if group in _SLOT_OF_GROUP:
            found.append((_SLOT_OF_GROUP[group], first, last))
            continue
        slot = SLOT_OF_NOUN.get(letters[match.end(group) - 1], -1)
        if slot < 0:
            slot = _slot_of_part(match[group], letters, first, found)
        if slot >= 0:
            found.append((slot, first, last))
    return found


def _slot_of_part(noun: str, letters: str, first: int, found: list[Chunk]) -> int:
    """Return the slot of the garment whose part or pattern a phrase names, -1 for none.

    It is named in the phrase ("shirt stripes"), or before it in the sentence.
    """
    whole = noun.rstrip("t")[-1:]
    if whole in SLOT_OF_NOUN:
        return SLOT_OF_NOUN[whole]
    for slot, _, last in reversed(found):
        if "." in letters[last:first]:
            break
        if slot >= 1:
            return slot
    return -1
