"""Finding a record's own attribute phrases in its caption."""

from __future__ import annotations

from collections.abc import Sequence

from plipdet.datasets.text.caption_words import CaptionReader, CaptionWords
from plipdet.datasets.text.phrase_chunker import Chunk

# Words that may stand between the words of a phrase: modifiers, conjunction, comma, determiner.
_GAP = frozenset("cjbruaky,d")
_QUALITY = frozenset("cjbra,")
_MOST_GAPS = 3


def match_phrases(
    words: CaptionWords, phrases: Sequence[str | None], reader: CaptionReader
) -> tuple[list[Chunk], int]:
    """Find a record's phrases, word for word or, failing that, with other word order or number.

    Args:
        words: The caption.
        phrases: Six phrases in the order of ``PHRASE_SLOTS``; None or "unknown" where missing.
        reader: What cut the caption.

    Returns:
        Chunks without overlap, in no particular order; and a number whose n-th bit says that the
        n-th word is in one of them.
    """
    known, codes, forms = reader.phrases, words.codes, words.forms
    wanted = [
        (-len(content), slot, exact, content)
        for slot, (exact, content) in enumerate([known[text or ""] for text in phrases])
        if not content.strip(forms)  # each word of it occurs somewhere
    ]
    wanted.sort()  # "black jacket" before a lone "black"
    found: list[Chunk] = []
    missing: list[tuple[int, str]] = []
    taken = 0
    for _, slot, exact, content in wanted:
        first = codes.find(exact)
        if first < 0 and content:
            missing.append((slot, content))
        while first >= 0:
            last = first + len(exact)
            taken = _take((slot, first, last), taken, found)
            first = codes.find(exact, last)
    for slot, content in missing:
        for item in _find_tolerant(slot, content, words):
            taken = _take(item, taken, found)
    return found, taken


def _take(item: Chunk, taken: int, found: list[Chunk]) -> int:
    """Add a chunk to ``found`` if its words are free; return ``taken`` with its words."""
    bits = (1 << item[2]) - (1 << item[1])
    if taken & bits:
        return taken
    found.append(item)
    return taken | bits


def _find_tolerant(slot: int, content: str, words: CaptionWords) -> list[Chunk]:
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
