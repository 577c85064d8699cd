"""RecordFields: the facts of a JSON record under whatever keys it has them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from .finding_kind import error, note
from .finding_log import FindingLog, shown
from .set_facts import FIELD_NAMES, SetFacts

KEY_VARIANT = error(
    "key-variant",
    "records have a key that the reader does not look for",
    "rename the key as the example says",
)
KEY_ALIAS = note(
    "key-alias",
    "records have another key than the release; the reader takes it",
    "nothing to do here; other code may want the release's key",
)
MISSING_KEY = error(
    "missing-key", "records lack a key", "add it, or remove these records and their pictures"
)
ID_NOT_A_NUMBER = error(
    "id-not-a-number", "an identity is no whole number", 'write it without quotes: "id": 7'
)
NEGATIVE_ID = error(
    "negative-id",
    "an identity is negative",
    "number identities from 0 or 1, or remove these records",
)
NOT_TEXT = error(
    "not-text", "what should be text is something else", "write a string, or remove the entry"
)
NOT_A_LIST_OF_TEXTS = error(
    "captions-not-a-list",
    "captions are not in a list",
    'put them into brackets: "captions": ["..."]',
)
SPLIT_SPELLING = error(
    "split-spelling", "a split is written in another way than released", "write it as released"
)
UNKNOWN_SPLIT = error(
    "unknown-split", "a split is none of the data set", "correct it, or remove these records"
)

_ID_LIMIT = 2**63


class RecordFields:
    """Reads records leniently and says what is wrong with them.

    Args:
        facts: What is known of the data set.
        log: Gets the findings.
    """

    def __init__(self, facts: SetFacts, log: FindingLog) -> None:
        self._facts = facts
        self._log = log
        self._keys_of = functools.lru_cache(maxsize=1024)(self._match_keys)

    def value(self, record: int, fields: dict[str, Any], fact: str) -> Any:
        """Return the value of a fact, ``None`` where the record has none; odd keys are found."""
        key = self._keys_of(tuple(fields)).get(fact)
        names = self._facts.keys[fact]
        if key is None:
            if fact not in self._facts.optional:
                has = ", ".join(map(repr, fields)) or "none"
                self._log.add(MISSING_KEY, f"no {names[0]!r}; its keys are {has}", record=record)
            return None
        if key not in names:
            self._log.add(KEY_VARIANT, f"rename {key!r} to {names[0]!r}", record=record)
        elif key != names[0]:
            self._log.add(KEY_ALIAS, f"{key!r} for {names[0]!r}", record=record)
        return fields[key]

    def text(self, record: int, fields: dict[str, Any], fact: str) -> str | None:
        """Return a fact that is one text."""
        value = self.value(record, fields, fact)
        if isinstance(value, str) and value.strip():
            return value
        if value is not None or self._has(fields, fact):
            self._log.add(NOT_TEXT, f"{fact} is {shown(value)}", record=record)
        return None

    def texts(self, record: int, fields: dict[str, Any], fact: str) -> list[str]:
        """Return a fact that is a list of texts, those of its entries that are texts."""
        value = self.value(record, fields, fact)
        if value is None:
            return []
        if isinstance(value, str):
            self._log.add(NOT_A_LIST_OF_TEXTS, f"{fact} is {shown(value)}", record=record)
            return [value]
        if not isinstance(value, list):
            self._log.add(NOT_TEXT, f"{fact} is {shown(value)}", record=record)
            return []
        return list(self._texts_in(value, record, fact))

    def _texts_in(self, values: list[Any], record: int, fact: str) -> Iterator[str]:
        for value in values:
            if isinstance(value, str):
                yield value
            else:
                self._log.add(NOT_TEXT, f"an entry of {fact} is {shown(value)}", record=record)

    def person_id(self, record: int, fields: dict[str, Any]) -> int | None:
        """Return the identity, also one that is written as a text."""
        value = self.value(record, fields, "id")
        if type(value) is not int:
            if value is None and not self._has(fields, "id"):
                return None
            self._log.add(ID_NOT_A_NUMBER, f"it is {shown(value)}", record=record)
            try:
                value = int(value)
            except (TypeError, ValueError, OverflowError):
                return None
        if value < 0:
            self._log.add(NEGATIVE_ID, f"it is {shown(value)}", record=record)
            return None
        if value >= _ID_LIMIT:
            self._log.add(ID_NOT_A_NUMBER, "it has more than 64 bits", record=record)
            return None
        return value

    def split(self, record: int, fields: dict[str, Any]) -> str | None:
        """Return the split, also one in other letters."""
        split = self.text(record, fields, "split")
        if split is None or not self._facts.splits or split in self._facts.splits:
            return split
        plain = split.strip().lower()
        if plain in self._facts.splits:
            self._log.add(SPLIT_SPELLING, f"{shown(split)} for {plain!r}", record=record)
            return plain
        known = ", ".join(self._facts.splits)
        self._log.add(UNKNOWN_SPLIT, f"{shown(split)} is none of {known}", record=record)
        return None

    def _has(self, fields: dict[str, Any], fact: str) -> bool:
        return self._keys_of(tuple(fields)).get(fact) is not None

    def _match_keys(self, keys: tuple[str, ...]) -> dict[str, str]:
        """Return the key of each fact: one the reader takes, else one that others use."""
        plain = {key.strip().lower(): key for key in reversed(keys)}
        taken = {name for names in self._facts.keys.values() for name in names}
        found: dict[str, str] = {}
        for fact, names in self._facts.keys.items():
            free = [name for name in FIELD_NAMES[fact] if name not in taken]
            right = next((name for name in names if name in keys), None)
            other = next((plain[n.lower()] for n in (*names, *free) if n.lower() in plain), None)
            key = right if right is not None else other
            if key is not None:
                found[fact] = key
        return found
