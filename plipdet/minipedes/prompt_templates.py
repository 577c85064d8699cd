"""A library of masked sentences, one group for each set of known attributes and each gender.

SYNTH-PEDES fills such sentences with the attributes of an image (arXiv 2305.08386, A.7); its
1,664 were never released, these are ours. Slots are [person] [head] [up] [down] [shoes] [others];
"a" before a slot is dropped where the phrase takes no article.
"""

from __future__ import annotations

import itertools
from functools import cache

SLOTS = ("person", "head", "up", "down", "shoes", "others")
_PRONOUNS = {"man": ("he", "his"), "woman": ("she", "her"), None: ("the person", "the person's")}
GENDERS = tuple(_PRONOUNS)

# {w} are the clothes, {h} and {o} what stands in the same sentence of head and belongings.
_FRAMES = (
    "A [person]{h} is wearing {w}{o}.",
    "The [person]{h} wears {w}{o}.",
    "This [person]{h} is dressed in {w}{o}.",
    "There is a [person]{h} in {w}{o}.",
    "Dressed in {w}, the [person]{h} is seen{o}.",
    "The picture shows a [person]{h} wearing {w}{o}.",
    "In {w}, a [person]{h} can be seen{o}.",
)
_BARE_FRAMES = ("A [person]{h} can be seen{o}.", "The picture shows a [person]{h}{o}.")
_HEADS = (
    (" with a [head]", ""),
    (" who has a [head]", ""),
    ("", " {They} has a [head]."),
)
_OTHERS = (
    (" with a [others]", ""),
    (", carrying a [others]", ""),
    ("", " {They} has a [others]."),
    ("", " A [others] is among {their} belongings."),
)
_CLOTHES = {
    1: ("{0}",),
    2: ("{0} and {1}", "{0} with {1}"),
    3: ("{0}, {1} and {2}", "{0} and {1} with {2}"),
}


@cache
def prompt_templates(known: frozenset[str], gender: str | None) -> tuple[str, ...]:
    """Return the sentences that name exactly the known attributes.

    Args:
        known: Members of ``SLOTS`` without ``person``.
        gender: ``man``, ``woman``, or ``None`` when it is not known.
    """
    worn = [f"a [{slot}]" for slot in ("up", "down", "shoes") if slot in known]
    heads = _HEADS if "head" in known else (("", ""),)
    others = _OTHERS if "others" in known else (("", ""),)
    clothes = [form.format(*worn) for form in _CLOTHES[len(worn)]] if worn else [""]
    they, their = _PRONOUNS[gender]
    found = []
    for frame, head, other, wear in itertools.product(
        _FRAMES if worn else _BARE_FRAMES, heads, others, clothes
    ):
        sentence = frame.format(h=head[0], o=other[0], w=wear)
        tail = (head[1] + other[1]).format(They=they[0].upper() + they[1:], their=their)
        found.append(sentence + tail)
    return tuple(dict.fromkeys(found))


def library() -> tuple[str, ...]:
    """Return all sentences of the library, without repetition."""
    found: dict[str, None] = {}
    for count in range(len(SLOTS)):
        for known in itertools.combinations(SLOTS[1:], count):
            for gender in GENDERS:
                found.update(dict.fromkeys(prompt_templates(frozenset(known), gender)))
    return tuple(found)
