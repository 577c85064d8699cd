"""AttributePhraseTagger: which words of a caption name an attribute, and which one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, ClassVar

from plipdet.datasets.text.caption_words import CaptionReader
from plipdet.datasets.text.phrase_chunker import chunk
from plipdet.datasets.text.phrase_matcher import match_phrases
from plipdet.datasets.text.phrase_span import PhraseSpan
from plipdet.datasets.text.word_classes import WordClasses
from plipdet.errors import InputError, near
from plipdet.structures import PHRASE_SLOTS

_LETTERS = dict(zip(PHRASE_SLOTS, "g12345", strict=True))
_FIRST = itemgetter(1)
_new_span = partial(tuple.__new__, PhraseSpan)  # twice as fast as PhraseSpan(...)


def split_phrases(joined: str) -> list[str | None]:
    """Split a SYNTH-PEDES attribute string into its six phrases.

    Args:
        joined: Like ``"man,short black hair,white shirt,black pants,unknown,black backpack"``.

    Returns:
        Six phrases in the order of ``PHRASE_SLOTS``, None for ``unknown``.

    Raises:
        InputError: If there are not six.
    """
    parts = [part.strip() for part in joined.split(",")]
    if len(parts) != len(PHRASE_SLOTS):
        raise InputError(
            f"attributes {joined!r} have {len(parts)} phrases; expected {len(PHRASE_SLOTS)}, "
            f"comma-separated: {', '.join(PHRASE_SLOTS)}"
        )
    return [None if part.lower() in ("", "unknown") else part for part in parts]


class AttributePhraseTagger:
    """Finds the attribute phrases of a caption and the slot of each.

    PLIP (arXiv 2305.08386, section 2.2) masks noun phrases sorted by keyword sets into gender,
    head, upper body, lower body, shoes and belongings; the data hold no spans. Here the record's
    own phrases are looked up first, then a small noun-phrase grammar with our word lists finds
    the others. Determiners stay outside a phrase; what is said of a noun ("her hair is long and
    black") belongs to it. Of a person's noun phrase only the gender word itself is slot 0, so
    that "the blonde woman" names head and gender; pronouns name no attribute and stay untagged.

    Args:
        extra_nouns: More nouns (singular) by name of their slot, for clothes of other trades
            and countries.

    Raises:
        InputError: If a key of ``extra_nouns`` is no slot.
    """

    version: ClassVar[int] = 1
    """Raised when a caption gets other spans, so that nobody uses what was kept of it."""

    def __init__(self, extra_nouns: Mapping[str, Iterable[str]] | None = None) -> None:
        for name in extra_nouns or {}:
            if name not in _LETTERS:
                raise InputError(
                    f"extra_nouns has no slot {name!r}{near(name, PHRASE_SLOTS)}; "
                    f"slots are {list(PHRASE_SLOTS)}"
                )
        self._extra_nouns = {_LETTERS[k]: list(v) for k, v in (extra_nouns or {}).items()}
        self._read = CaptionReader(WordClasses(self._extra_nouns))

    def __call__(
        self, caption: str, phrases: Sequence[str | None] | None = None
    ) -> list[PhraseSpan]:
        """Return the attribute phrases of a caption.

        Args:
            caption: Any string.
            phrases: The record's six phrases in the order of ``PHRASE_SLOTS``; None or
                ``unknown`` where one is missing.

        Returns:
            Spans by position, without overlap; a slot may occur often or never.

        Raises:
            InputError: If the caption is not a string, or there are not six phrases.
        """
        if not isinstance(caption, str):
            raise InputError(
                f"a caption must be a string, not {type(caption).__name__}: {caption!r}"
            )
        words = self._read(caption)
        chunks = chunk(words.letters)
        if phrases is not None:
            _check(phrases)
            named, taken = match_phrases(words, phrases, self._read)
            if named:
                chunks = named + [c for c in chunks if not taken & ((1 << c[2]) - (1 << c[1]))]
                chunks.sort(key=_FIRST)
        starts, padded = words.starts, caption + " "
        spans = []
        for slot, first, last in chunks:
            end = starts[last]
            while padded[end - 1].isspace():
                end -= 1
            spans.append(_new_span((slot, starts[first], end)))
        return spans

    @property
    def settings(self) -> str:
        """What decides about the spans of a caption, but for :attr:`version`."""
        return json.dumps(self._extra_nouns, sort_keys=True)

    def __getstate__(self) -> dict[str, Any]:
        return {"_extra_nouns": self._extra_nouns}  # each process remembers its own words

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._extra_nouns = state["_extra_nouns"]
        self._read = CaptionReader(WordClasses(self._extra_nouns))


def _check(phrases: Sequence[str | None]) -> None:
    if isinstance(phrases, str) or len(phrases) != len(PHRASE_SLOTS):
        raise InputError(
            f"attribute phrases must be a list of {len(PHRASE_SLOTS)} ({', '.join(PHRASE_SLOTS)}), "
            f"not {phrases!r}"
        )
    for phrase in phrases:
        if phrase is not None and not isinstance(phrase, str):
            raise InputError(f"an attribute phrase must be a string or None, not {phrase!r}")
