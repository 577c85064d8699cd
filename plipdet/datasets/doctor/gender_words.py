"""What gender the words of a caption or an attribute phrase tell."""

from __future__ import annotations

import re

UNKNOWN, MALE, FEMALE, BOTH = 0, 1, 2, 3
"""Codes that ``|`` joins: what male and female words together say is ``BOTH``."""
NAMES = {MALE: "male", FEMALE: "female", BOTH: "both"}

_MALE = (
    "man male gentleman boy guy lad dude bloke chap father dad grandfather grandpa schoolboy "
    "businessman policeman sir husband son brother"
)
_FEMALE = (
    "woman female lady girl gal lass mother mom mum grandmother grandma granny schoolgirl "
    "businesswoman policewoman madam wife daughter sister"
)
_NEITHER = frozenset(
    "person people pedestrian child kid toddler baby infant adult teenager teen youth youngster "
    "student worker cyclist someone individual human unisex unclear senior elder figure".split()
)
_CODES = {**dict.fromkeys(_MALE.split(), MALE), **dict.fromkeys(_FEMALE.split(), FEMALE)}
_GENDERED = frozenset(_CODES)
# "man's" and "lady-like" are words of their own: what things are called tells nobody's gender.
_WORD = re.compile(r"\w[\w'\u2019-]*")


def gender_of(text: str) -> int:
    """Return what the gender words of a sentence say together."""
    code = UNKNOWN
    for word in _GENDERED.intersection(_WORD.findall(text.lower())):
        code |= _CODES[word]
    return code


def is_gender_phrase(phrase: str) -> bool:
    """Return whether a phrase names a gender, or a person of whatever gender."""
    words = _WORD.findall(phrase.lower())
    return any(word in _CODES or word in _NEITHER for word in words)
