"""PhraseSpan: where an attribute phrase stands in a caption."""

from __future__ import annotations

from typing import NamedTuple


class PhraseSpan(NamedTuple):
    """An attribute phrase of a caption.

    Args:
        slot: Index into ``plipdet.structures.PHRASE_SLOTS``.
        start: First character of the phrase.
        end: One past its last character.
    """

    slot: int
    start: int
    end: int
