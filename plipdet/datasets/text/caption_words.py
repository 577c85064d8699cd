"""CaptionWords: a caption cut into words and punctuation marks."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from plipdet.datasets.text.bounded_memory import BoundedMemory
from plipdet.datasets.text.canonical import canonical
from plipdet.datasets.text.part_starts import part_starts, steps
from plipdet.datasets.text.word_classes import WordClasses
from plipdet.datasets.text.word_codes import WordCodes

_WORD = re.compile(r"[^\W_]+(?:[-‐‑][^\W_]+)*|[^\w\s]|_")
_BREAKS = frozenset("with in on of over under".split())
_PASSED_OVER = frozenset("a an the and of pair his her".split())
_UNKNOWN = frozenset({"", "unknown", "none", "null", "n/a"})


class CaptionWords(NamedTuple):
    """A caption cut into words and punctuation marks, each string having one character a word.

    Args:
        codes: Characters that stand for the words in lower case.
        forms: Characters that stand for their canonical forms.
        letters: Their classes.
        starts: First character of each word, and one place more behind the last.
    """

    codes: str
    forms: str
    letters: str
    starts: list[int]


# An attribute phrase: characters that stand for its words, and those of the canonical forms of
# what counts before a preposition, the noun last.
Phrase: TypeAlias = tuple[str, str]
_NEVER_SAID = (WordCodes.NO_WORD, WordCodes.NO_WORD)


class CaptionReader:
    """Cuts captions and phrases into words; what it knows of a lump or phrase, it remembers.

    Args:
        classes: Letter of each word.

    Attributes:
        phrases: The phrase of each text, to be looked for in the caption that was cut last; one
            that says it is unknown is found nowhere.
    """

    def __init__(self, classes: WordClasses) -> None:
        self._classes = classes
        self._codes = WordCodes()
        self._lumps = BoundedMemory(self._cut, most=30_000, longest=32)
        self._contents = BoundedMemory(self._content, most=10_000, longest=32)
        self.phrases = BoundedMemory(self._phrase, most=20_000, longest=64)

    def __call__(self, caption: str) -> CaptionWords:
        """Cut a caption."""
        if self._codes.full:
            self._codes = WordCodes()
            self._lumps.clear()
            self._contents.clear()
            self.phrases.clear()
        lumps = caption.split()
        if not lumps:
            return CaptionWords("", "", "", [0])
        known = self._lumps
        strings, steps_of_lumps = zip(*[known[lump] for lump in lumps], strict=True)
        joined = "".join(strings)
        starts = part_starts(caption, lumps, steps_of_lumps)
        return CaptionWords(joined[::3], joined[1::3], joined[2::3], starts)

    def _phrase(self, text: str) -> Phrase:
        codes, known = self._codes, self._contents
        words = text.lower().split()
        if len(words) < 2 and " ".join(words) in _UNKNOWN:
            return _NEVER_SAID
        content = "".join([known[word] for word in words])
        if WordCodes.NO_WORD in content:  # a preposition
            content = ""
            for word in words:
                if word in _BREAKS and content:
                    break
                if word not in _PASSED_OVER:
                    content += codes[canonical(word)]
        return "".join([codes[word] for word in words]), content

    def _content(self, word: str) -> str:
        """Return what a word adds to a phrase's content."""
        if word in _BREAKS:
            return WordCodes.NO_WORD
        return "" if word in _PASSED_OVER else self._codes[canonical(word)]

    def _cut(self, lump: str) -> tuple[str, tuple[int, ...]]:
        """Return code, form and letter of each word, in one string, and the steps."""
        codes, classes, words = self._codes, self._classes, _WORD.findall(lump)
        lower = [word.lower() for word in words]
        threes = [codes[word] + codes[canonical(word)] + classes[word] for word in lower]
        return "".join(threes), steps(map(len, words))
