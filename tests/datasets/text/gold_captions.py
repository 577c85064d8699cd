"""Hand-marked captions: ``[slot phrase]``; determiners lie outside, predicates inside a phrase.

``TUNED`` was used while the word lists were written. ``HELD_OUT`` was written before the tagger
and never tuned on: when the tagger is changed because of it, write new ones.
"""

from __future__ import annotations

import re
from pathlib import Path

_MARK = re.compile(r"\[(\d) ([^\]]*)\]")


def _read(name: str) -> tuple[str, ...]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if not line.startswith("#"))


TUNED = _read("gold_tuned.txt")
HELD_OUT = _read("gold_held_out.txt")


def parse(marked: str) -> tuple[str, list[tuple[int, int, int]]]:
    """Return the caption without marks and its (slot, start, end), end exclusive."""
    spans: list[tuple[int, int, int]] = []
    text, at = "", 0
    for match in _MARK.finditer(marked):
        text += marked[at : match.start()]
        spans.append((int(match[1]), len(text), len(text) + len(match[2])))
        text += match[2]
        at = match.end()
    return text + marked[at:], spans
