"""Finding a record's own attribute phrases in its caption."""

from __future__ import annotations

from collections.abc import Sequence

from plipdet.datasets.text.bounded_memory import BoundedMemory
from plipdet.datasets.text.canonical import canonical
from plipdet.datasets.text.caption_words import CaptionWords
from plipdet.datasets.text.phrase_chunker import Chunk

_BREAKS = frozenset("with in on of over under".split())
_PASSED_OVER = frozenset("a an the and of pair his her".split())
_LESSER = _BREAKS | _PASSED_OVER
_UNKNOWN = frozenset({"", "unknown", "none", "null", "n/a"})
# Words that may stand between the words of a phrase: modifiers, conjunction, comma, determiner.
_GAP = frozenset("cjbruaky,d")
_QUALITY = frozenset("cjbra,")
_MOST_GAPS = 3


_FORMS = BoundedMemory(canonical, most=20_000, longest=32)


def match_phrases(words: CaptionWords, phrases: Sequence[str | None]) -> tuple[list[Chunk], int]:
    """Find a record's phrases, word for word or, failing that, with other word order or number.

    Args:
        words: The caption.
        phrases: Six phrases in the order of ``PHRASE_SLOTS``; None or "unknown" where missing.

    Returns:
        Chunks without overlap, in no particular order; and a number whose n-th bit says that the
        n-th word is in one of them.
    """
    forms = set(words.forms)
    wanted: list[tuple[int, int, list[str], list[str]]] = []
    for slot, phrase in enumerate(phrases):
        if phrase is None or phrase.strip().lower() in _UNKNOWN:
            continue
        phrase_words = phrase.lower().split()
        content = _content(phrase_words)
        if forms.issuperset(content):  # else some word is nowhere
            wanted.append((-len(content), slot, phrase_words, content))
    wanted.sort()  # "black jacket" before a lone "black"
    found: list[Chunk] = []
    missing: list[tuple[int, list[str]]] = []
    taken = 0
    for _, slot, phrase_words, content in wanted:
        chunks = _find_exact(slot, phrase_words, words.text)
        if chunks:
            taken = _take(chunks, taken, found)
        elif content:
            missing.append((slot, content))
    for slot, content in missing:
        taken = _take(_find_tolerant(slot, content, words), taken, found)
    return found, taken


def _content(words: list[str]) -> list[str]:
    """Return the canonical forms of the words that count, those before a preposition."""
    if _LESSER.isdisjoint(words):
        return [_FORMS[word] for word in words]
    content: list[str] = []
    for word in words:
        if word in _BREAKS and content:
            break
        if word not in _PASSED_OVER:
            content.append(_FORMS[word])
    return content


def _take(chunks: list[Chunk], taken: int, found: list[Chunk]) -> int:
    """Add the chunks whose words are free to ``found``; return ``taken`` with their words."""
    for item in chunks:
        bits = (1 << item[2]) - (1 << item[1])
        if not taken & bits:
            taken |= bits
            found.append(item)
    return taken


def _find_exact(slot: int, phrase: list[str], text: str) -> list[Chunk]:
    wanted = f" {' '.join(phrase)} "
    found = []
    at = text.find(wanted)
    while at >= 0:
        first = text.count(" ", 0, at)
        found.append((slot, first, first + len(phrase)))
        at = text.find(wanted, at + len(wanted) - 2)
    return found


def _find_tolerant(slot: int, content: list[str], words: CaptionWords) -> list[Chunk]:
    """Find the phrase's noun with its other words before it, or behind it and a copula."""
    noun, letters, forms = content[-1], words.letters, words.forms
    found = []
    for at, form in enumerate(forms):
        if form != noun:
            continue
        first, last, missing = at, at + 1, set(content) - {noun}
        for left in range(at - 1, max(-1, at - len(content) - _MOST_GAPS), -1):
            if forms[left] in missing:
                missing.discard(forms[left])
                first = left
            elif letters[left] not in _GAP:
                break
        right = at + 1 + (letters[at + 1 : at + 2] == "w")
        if missing and letters[right : right + 1] == "i":
            right += 1
            while missing and right < len(forms) and letters[right] in _QUALITY:
                if forms[right] in missing:
                    missing.discard(forms[right])
                    last = right + 1
                right += 1
        if not missing:
            found.append((slot, first, last))
    return found
