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
# Most phrases end with what tells their slot. "1" may end what is said of another noun ("od1"),
# "b" what is said of anything.
_SLOT_OF_LAST = {
    **{letter: slot for letter, slot in SLOT_OF_NOUN.items() if letter != "1"},
    **{"q": 1, "h": 1, "g": 0, "s": 4},
}

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
        slot = _SLOT_OF_LAST.get(letters[last - 1])
        if slot is None:
            slot = _slot_of(match, found)
            if slot < 0:
                continue
        found.append((slot, first, last))
    return found


def _slot_of(match: re.Match[str], found: list[Chunk]) -> int:
    """Return the slot of a phrase that does not end with its noun, -1 for a part of nothing."""
    group, letters = match.lastgroup, match.string
    if group == "head":
        return 1
    assert group is not None
    slot = SLOT_OF_NOUN.get(letters[match.end(group) - 1])
    return _slot_of_part(match[group], letters, match.start(), found) if slot is None else slot


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
