"""The tagger word by word, as it is described: slow, with nothing remembered or left out."""

from __future__ import annotations

import re

from plipdet.datasets.text.canonical import canonical
from plipdet.datasets.text.word_classes import SLOT_OF_NOUN, WordClasses

_WORD = re.compile(r"[^\W_]+(?:[-‐‑][^\W_]+)*|[^\w\s]|_")
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
_CLASSES = WordClasses()


def tag(caption: str, phrases: list[str | None] | None) -> list[tuple[int, int, int]]:
    """Return (slot, start, end) of each phrase."""
    matches = list(_WORD.finditer(caption))
    lower = [match[0].lower() for match in matches]
    letters = "".join(_CLASSES[word] for word in lower)
    chunks = _match(lower, letters, phrases or [])
    named = {at for _, first, last in chunks for at in range(first, last)}
    chunks += [c for c in _chunk(letters) if named.isdisjoint(range(c[1], c[2]))]
    chunks.sort(key=lambda item: item[1])
    return [(slot, matches[a].start(), matches[b - 1].end()) for slot, a, b in chunks]


def _chunk(letters: str) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]] = []
    for match in _PHRASE.finditer(letters):
        slot = {"gender": 0, "head": 1, "shoes": 4}.get(match.lastgroup, -1)
        if slot < 0:
            slot = _slot_of_noun(match[match.lastgroup], letters, match.start(), found)
        if slot >= 0:
            found.append((slot, *match.span()))
    return found


def _slot_of_noun(noun, letters, first, found) -> int:
    for letter in reversed(noun):
        if letter in SLOT_OF_NOUN:
            return SLOT_OF_NOUN[letter]
        if letter != "t":
            break
    for slot, _, last in reversed(found):
        if "." in letters[last:first]:
            break
        if slot >= 1:
            return slot
    return -1


def _match(lower, letters, phrases) -> list[tuple[int, int, int]]:
    wanted = []
    for slot, phrase in enumerate(phrases):
        if phrase is not None and phrase.strip().lower() not in {
            "", "unknown", "none", "null", "n/a",
        }:  # fmt: skip
            wanted.append((slot, phrase.lower().split(), _content(phrase)))
    wanted.sort(key=lambda item: -len(item[2]))
    taken: set[int] = set()
    found: list[tuple[int, int, int]] = []
    exact = {slot: _exact(slot, words, lower) for slot, words, _ in wanted}
    tolerant = [(s, _tolerant(s, c, lower, letters)) for s, _, c in wanted if c and not exact[s]]
    for _, chunks in [(s, exact[s]) for s, *_ in wanted] + tolerant:
        for chunk in chunks:
            if taken.isdisjoint(range(*chunk[1:])):
                taken.update(range(*chunk[1:]))
                found.append(chunk)
    return found


def _content(phrase: str) -> list[str]:
    content: list[str] = []
    for word in phrase.lower().split():
        if word in ("with", "in", "on", "of", "over", "under") and content:
            break
        if word not in ("a", "an", "the", "and", "of", "pair", "his", "her"):
            content.append(canonical(word))
    return content


def _exact(slot, words, lower) -> list[tuple[int, int, int]]:
    found, at = [], 0
    while at + len(words) <= len(lower):
        if lower[at : at + len(words)] == words:
            found.append((slot, at, at + len(words)))
            at += len(words)
        else:
            at += 1
    return found


def _tolerant(slot, content, lower, letters) -> list[tuple[int, int, int]]:
    forms, noun, found = [canonical(word) for word in lower], content[-1], []
    for at in [at for at, form in enumerate(forms) if form == noun]:
        first, last, missing = at, at + 1, set(content) - {noun}
        for left in range(at - 1, max(-1, at - len(content) - 3), -1):
            if forms[left] in missing:
                missing.discard(forms[left])
                first = left
            elif letters[left] not in "cjbruaky,d":
                break
        right = at + 1 + (letters[at + 1 : at + 2] == "w")
        if missing and letters[right : right + 1] == "i":
            right += 1
            while missing and right < len(forms) and letters[right] in "cjbra,":
                if forms[right] in missing:
                    missing.discard(forms[right])
                    last = right + 1
                right += 1
        if not missing:
            found.append((slot, first, last))
    return found
