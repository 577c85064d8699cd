"""The six attribute phrases of a person, as SYNTH-PEDES records hold them."""

from __future__ import annotations

import numpy as np

from plipdet.minipedes import noun_phrases
from plipdet.minipedes.person_spec import PersonSpec
from plipdet.minipedes.visibility import facts_of

UNKNOWN = "unknown"


def attribute_phrases(
    spec: PersonSpec, rng: np.random.Generator, *, visible: frozenset[str] | None = None
) -> list[str]:
    """Return phrases for gender, head, upper body, lower body, shoes and belongings.

    Args:
        spec: Who it is.
        rng: Source of wording; consumed.
        visible: Members of ``visibility.FACTS`` that the picture shows; ``None`` for all parts.

    Returns:
        Six phrases without commas or articles, ``unknown`` where nothing is or shows.
    """
    facts = facts_of(spec, visible)
    head, belonging = UNKNOWN, UNKNOWN
    if "hair" in facts:
        head = _bare(noun_phrases.hair(spec, rng))
    elif "hat" in facts:
        head = noun_phrases.hat(spec, rng)
    if "bag" in facts:
        belonging = noun_phrases.bag(spec, rng)
    else:
        kinds = [other.kind for other in spec.others if other.kind in facts]
        if kinds:
            belonging = noun_phrases.other(spec, kinds[0], rng)
    show_logo = "back" not in facts
    return [
        noun_phrases.plain_person(spec, rng),
        head,
        noun_phrases.upper(spec, rng, show_logo=show_logo) if "upper" in facts else UNKNOWN,
        noun_phrases.lower(spec, rng) if "lower" in facts else UNKNOWN,
        noun_phrases.shoes(spec, rng) if "shoes" in facts else UNKNOWN,
        belonging,
    ]


def _bare(phrase: str) -> str:
    for article in ("a ", "an "):
        phrase = phrase.removeprefix(article)
    return phrase.replace(",", "")
