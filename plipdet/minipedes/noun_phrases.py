"""Noun phrases for what a person wears and carries, in the words of the lexicon."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from plipdet.minipedes import lexicon
from plipdet.minipedes.person_spec import Garment, PersonSpec
from plipdet.minipedes.sleeves import sleeve_length

T = TypeVar("T")
_PLURAL_NOUNS = frozenset(
    "trousers pants slacks jeans leggings shorts sneakers trainers shoes boots sandals heels pumps "
    "glasses eyeglasses spectacles".split()
)
_AFTER_THE_NOUN = re.compile(r" (?:with|in|over|of|falling|tied|pinned|gathered) ")
_VOWELS = "aeiou"
_TELLS_SLEEVES = ("shirt", "dress")


def pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    """Return one of ``options``, all equally likely."""
    return options[int(rng.integers(len(options)))]


def is_plural(phrase: str) -> bool:
    """Return whether the noun that heads a phrase is plural."""
    return _head(phrase) in _PLURAL_NOUNS


def _head(phrase: str) -> str:
    return _AFTER_THE_NOUN.split(phrase)[0].split()[-1]


def with_article(phrase: str) -> str:
    """Return a phrase with "a" or "an" where its noun takes one."""
    if phrase.startswith(("a ", "an ")) or is_plural(phrase) or _head(phrase) == "hair":
        return phrase
    return f"an {phrase}" if phrase[0].lower() in _VOWELS else f"a {phrase}"


def coloured(garment: Garment, noun: str, rng: np.random.Generator, *, show_logo: bool) -> str:
    """Return a garment's noun with its colours and pattern, without an article.

    Args:
        garment: What is described.
        noun: One of its names.
        rng: Source of choices; consumed.
        show_logo: Whether a logo shows; it is on the chest.
    """
    colour = pick(rng, lexicon.COLOUR_WORDS[garment.colour])
    hidden = garment.pattern == "logo" and not show_logo
    if garment.pattern == "plain" or garment.second_colour is None or hidden:
        return f"{colour} {noun}"
    second = pick(rng, lexicon.COLOUR_WORDS[garment.second_colour])
    form = pick(rng, lexicon.PATTERN_PHRASES[garment.pattern])
    return form.format(c=colour, d=second, n=noun, a="an" if second[0] in _VOWELS else "a")


def upper(spec: PersonSpec, rng: np.random.Generator, *, show_logo: bool = True) -> str:
    """Return the outermost upper garment, without an article."""
    kind = spec.upper.kind
    noun = pick(rng, lexicon.UPPER_NOUNS[kind])
    if kind == "shirt" and spec.gender == "woman" and rng.uniform() < 0.4:
        noun = "blouse"
    if kind in _TELLS_SLEEVES and rng.uniform() < 0.3:
        noun = f"{pick(rng, lexicon.SLEEVE_WORDS[sleeve_length(spec)])} {noun}"
    return coloured(spec.upper, noun, rng, show_logo=show_logo)


def inner(spec: PersonSpec, rng: np.random.Generator) -> str:
    """Return the garment under an open jacket or coat, without an article."""
    assert spec.inner is not None
    # Its sleeves are hidden, so only names that do not tell them are true to the picture.
    noun = {"t-shirt": ("t-shirt", "top", "tee"), "shirt": ("shirt",)}.get(
        spec.inner.kind, lexicon.UPPER_NOUNS[spec.inner.kind]
    )
    return coloured(spec.inner, pick(rng, noun), rng, show_logo=False)


def lower(spec: PersonSpec, rng: np.random.Generator) -> str:
    """Return the lower garment, without an article."""
    noun = pick(rng, lexicon.LOWER_NOUNS[spec.lower.kind])
    return coloured(spec.lower, noun, rng, show_logo=True)


def shoes(spec: PersonSpec, rng: np.random.Generator) -> str:
    """Return the shoes."""
    noun = pick(rng, lexicon.SHOE_NOUNS[spec.shoes.kind])
    return coloured(spec.shoes, noun, rng, show_logo=True)


def bag(spec: PersonSpec, rng: np.random.Generator) -> str:
    """Return the bag, without an article."""
    assert spec.bag is not None
    return coloured(spec.bag, pick(rng, lexicon.BAG_NOUNS[spec.bag.kind]), rng, show_logo=True)


def hat(spec: PersonSpec, rng: np.random.Generator) -> str:
    """Return the hat, without an article."""
    assert spec.hat is not None
    return coloured(spec.hat, pick(rng, lexicon.HAT_NOUNS[spec.hat.kind]), rng, show_logo=True)


def other(spec: PersonSpec, kind: str, rng: np.random.Generator) -> str:
    """Return a belonging of ``OTHER_BELONGINGS``, without an article."""
    garment = next(o for o in spec.others if o.kind == kind)
    noun = pick(rng, lexicon.OTHER_NOUNS[kind])
    if kind == "phone" and rng.uniform() < 0.7:
        return noun
    return coloured(garment, noun, rng, show_logo=True)


def hair(spec: PersonSpec, rng: np.random.Generator) -> str:
    """Return the hair; with an article where it takes one."""
    colour = pick(rng, lexicon.HAIR_COLOUR_WORDS[spec.hair_colour])
    phrase = pick(rng, lexicon.HAIR_PHRASES[spec.hair_style]).format(c=colour)
    return with_article(phrase.removeprefix("a ")) if phrase.startswith("a ") else phrase


def person(spec: PersonSpec, rng: np.random.Generator) -> str:
    """Return a noun for the person, without an article."""
    noun = pick(rng, lexicon.PERSON_NOUNS[spec.gender, spec.age])
    builds = lexicon.BUILD_WORDS[spec.build]
    if builds and rng.uniform() < 0.25:
        return f"{pick(rng, builds)} {noun}"
    return noun


def plain_person(spec: PersonSpec, rng: np.random.Generator) -> str:
    """Return a noun that tells the gender only."""
    return pick(rng, lexicon.PLAIN_PERSON_NOUNS[spec.gender, spec.age == "child"])
