"""Finding a record's own attribute phrases in its caption."""

from __future__ import annotations

from functools import lru_cache

from plipdet.datasets.text.phrase_chunker import Chunk, Words

# The first word stands for the others when phrases are compared.
_SYNONYMS = """
gray grey
blond blonde
man male gentleman guy
woman female lady
pant trouser slack
t-shirt tee tshirt tee-shirt
sweater pullover jumper
hoodie hoody
sneaker trainer
backpack rucksack knapsack
handbag purse
glass eyeglass spectacle
checked checkered chequered plaid
striped stripy stripey
colorful colourful
"""
_CANONICAL = {w: line.split()[0] for line in _SYNONYMS.strip().split("\n") for w in line.split()}
_PLURALS = {"men": "man", "women": "woman", "ladies": "woman", "gentlemen": "man"}
_BREAKS = frozenset("with in on of over under".split())
_UNKNOWN = frozenset({"", "unknown", "none", "null", "n/a"})
# Words that may stand between the words of a phrase: modifiers, conjunction, comma, determiner.
_GAP = frozenset("cjbruaky,d")
_QUALITY = frozenset("cjbra,")
_MOST_GAPS = 3


@lru_cache(maxsize=20_000)
def canonical(word: str) -> str:
    """Return the form that plural and synonym variants of a lower-case word share."""
    word = _PLURALS.get(word, word)
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        singular = word[:-2] if word.endswith(("sses", "shes", "ches")) else word[:-1]
        word = "dress" if word == "dresses" else singular
    return _CANONICAL.get(word, word)


@lru_cache(maxsize=20_000)
def _prepare(phrase: str) -> tuple[str, tuple[str, ...]]:
    """Return a phrase as words joined by blanks, and the canonical words before a preposition."""
    words = phrase.lower().split()
    content: list[str] = []
    for word in words:
        if word in _BREAKS and content:
            break
        if word not in ("a", "an", "the", "and", "of", "pair", "his", "her"):
            content.append(canonical(word))
    return " ".join(words), tuple(content)


def match_phrases(words: Words, phrases: list[str | None]) -> list[Chunk]:
    """Find a record's phrases, word for word or, failing that, with other word order or number.

    Args:
        words: The caption.
        phrases: Six phrases in the order of ``PHRASE_SLOTS``; None or "unknown" where missing.

    Returns:
        Chunks without overlap, in no particular order.
    """
    wanted = [
        (slot, *_prepare(phrase))
        for slot, phrase in enumerate(phrases)
        if phrase is not None and phrase.strip().lower() not in _UNKNOWN
    ]
    wanted.sort(key=lambda item: -len(item[1]))  # "black jacket" before a lone "black"
    text = f" {' '.join(words.lower)} "
    taken = [False] * len(words.lower)
    found: list[Chunk] = []
    missing: list[tuple[int, tuple[str, ...]]] = []
    for slot, exact, content in wanted:
        chunks = _find_exact(slot, exact, text)
        if not chunks and content:
            missing.append((slot, content))
        _take(chunks, taken, found)
    if missing:
        forms = [canonical(word) for word in words.lower]
        for slot, content in missing:
            _take(_find_tolerant(slot, content, forms, words.letters), taken, found)
    return found


def _take(chunks: list[Chunk], taken: list[bool], found: list[Chunk]) -> None:
    for item in chunks:
        if not any(taken[item.first : item.last]):
            taken[item.first : item.last] = [True] * (item.last - item.first)
            found.append(item)


def _find_exact(slot: int, phrase: str, text: str) -> list[Chunk]:
    found = []
    at = text.find(f" {phrase} ")
    while at >= 0:
        first = text.count(" ", 0, at)
        found.append(Chunk(slot, first, first + phrase.count(" ") + 1))
        at = text.find(f" {phrase} ", at + len(phrase))
    return found


def _find_tolerant(
    slot: int, content: tuple[str, ...], forms: list[str], letters: str
) -> list[Chunk]:
    """Find the phrase's noun with its other words before it, or behind it and a copula."""
    noun = content[-1]
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
            found.append(Chunk(slot, first, last))
    return found
