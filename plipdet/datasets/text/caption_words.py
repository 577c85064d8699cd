"""CaptionWords: a caption cut into words and punctuation marks."""

from __future__ import annotations

import re
from itertools import chain
from typing import NamedTuple

from plipdet.datasets.text.bounded_memory import BoundedMemory
from plipdet.datasets.text.canonical import canonical
from plipdet.datasets.text.part_starts import part_starts, steps
from plipdet.datasets.text.word_classes import WordClasses

_WORD = re.compile(r"[^\W_]+(?:[-‐‑][^\W_]+)*|[^\w\s]|_")


class CaptionWords(NamedTuple):
    """A caption cut into words and punctuation marks.

    Args:
        text: The words in lower case, each between two blanks.
        forms: Their canonical forms.
        letters: Class of each word, one letter a word.
        starts: First character of each word, and one place more behind the last.
    """

    text: str
    forms: list[str]
    letters: str
    starts: list[int]


class CaptionCutter:
    """Cuts captions into words and classes them; what it knows of a lump, it remembers.

    Args:
        classes: Letter of each word.
    """

    def __init__(self, classes: WordClasses) -> None:
        self._classes = classes
        self._lumps = BoundedMemory(self._cut, most=30_000, longest=32)

    def __call__(self, caption: str) -> CaptionWords:
        """Cut a caption."""
        lumps = caption.split()
        if not lumps:
            return CaptionWords("  ", [], "", [0])
        known = self._lumps
        texts, forms, letters, steps_of_lumps = zip(*[known[lump] for lump in lumps], strict=True)
        return CaptionWords(
            f" {' '.join(texts)} ",
            list(chain.from_iterable(forms)),
            "".join(letters),
            part_starts(caption, lumps, steps_of_lumps),
        )

    def _cut(self, lump: str) -> tuple[str, tuple[str, ...], str, tuple[int, ...]]:
        words = _WORD.findall(lump)
        lower = [word.lower() for word in words]
        return (
            " ".join(lower),
            tuple(map(canonical, lower)),
            "".join([self._classes[word] for word in lower]),
            steps(map(len, words)),
        )
