"""Filling a masked sentence with a person's attribute phrases."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from plipdet.errors import InputError
from plipdet.minipedes.noun_phrases import pick, with_article
from plipdet.minipedes.person_spec import PersonSpec
from plipdet.minipedes.phrases import UNKNOWN
from plipdet.minipedes.prompt_templates import SLOTS, prompt_templates

_SLOT = re.compile(r"(\ba )?\[(\w+)\]", re.IGNORECASE)


def prompt_caption(
    spec: PersonSpec, phrases: Sequence[str | None], rng: np.random.Generator
) -> str:
    """Return a sentence of the library that names all known attributes of a person.

    Args:
        spec: Who it is about; tells the pronoun.
        phrases: Six phrases, from :func:`attribute_phrases`; ``None`` or ``unknown`` where one
            is missing.
        rng: Source of choices; consumed.

    Raises:
        InputError: If there are not six phrases.
    """
    if len(phrases) != len(SLOTS):
        raise InputError(f"a prompt caption needs {len(SLOTS)} phrases, not {len(phrases)}")
    filling = {
        slot: phrase
        for slot, phrase in zip(SLOTS, phrases, strict=True)
        if phrase is not None and phrase != UNKNOWN
    }
    gender = spec.gender if "person" in filling else None
    known = frozenset(filling) - {"person"}
    options = prompt_templates(known, gender)
    if filling.get("others", "").endswith("scarf"):  # is not carried
        options = tuple(option for option in options if "carrying" not in option)
    filling.setdefault("person", "person")
    sentence = _SLOT.sub(lambda m: _fill(m, filling), pick(rng, options))
    return sentence[0].upper() + sentence[1:]


def _fill(match: re.Match[str], filling: dict[str, str]) -> str:
    phrase = filling[match[2]]
    if match[1] is None:
        return phrase
    phrase = with_article(phrase)
    return phrase if match[1][0] == "a" else phrase[0].upper() + phrase[1:]
