"""Binary attributes of a person, in the manner of PA-100K, PETA and RAP."""

from __future__ import annotations

from collections.abc import Callable

from plipdet.minipedes.person_spec import Garment, PersonSpec
from plipdet.minipedes.sleeves import sleeve_length
from plipdet.minipedes.visibility import FACTS, facts_of, lacking

Test = Callable[[PersonSpec], bool]
# Colours that labels do not tell apart.
COLOUR_GROUPS: dict[str, tuple[str, ...]] = {
    "black": ("black",),
    "white": ("white",),
    "grey": ("grey",),
    "red": ("red",),
    "blue": ("blue", "navy", "light blue"),
    "green": ("green", "olive"),
    "yellow": ("yellow", "orange"),
    "brown": ("brown", "beige"),
    "pink": ("pink", "purple"),
}
_ALWAYS = ""
_CHEST = "chest"  # where logos are
# An item that someone lacks is seen to be lacking where it would be.
_SEEN_LACKING_BY = {
    "hat": "hair",
    "glasses": "face",
    "bag": "upper",
    "umbrella": "upper",
    "phone": "upper",
    "scarf": "upper",
    "lower": "upper",
}


def _has_colour(garment: Garment, group: str) -> bool:
    return bool({garment.colour, garment.second_colour} & set(COLOUR_GROUPS[group]))


def _upper_is(*kinds: str) -> Test:
    return lambda spec: spec.upper.kind in kinds


def _lower_is(*kinds: str) -> Test:
    return lambda spec: spec.lower.kind in kinds


def _shoes_are(*kinds: str) -> Test:
    return lambda spec: spec.shoes.kind in kinds


def _bag_is(kind: str) -> Test:
    return lambda spec: spec.bag is not None and spec.bag.kind == kind


def _carries(kind: str) -> Test:
    return lambda spec: any(other.kind == kind for other in spec.others)


def _pattern_is(pattern: str) -> Test:
    return lambda spec: spec.upper.pattern == pattern


def _lower_pattern_is(pattern: str) -> Test:
    return lambda spec: spec.lower.pattern == pattern


def _hair_is(*styles: str) -> Test:
    return lambda spec: spec.hair_style in styles


def _upper_colour(group: str) -> Test:
    return lambda spec: _has_colour(spec.upper, group)


def _lower_colour(group: str) -> Test:
    return lambda spec: spec.lower.kind != "none" and _has_colour(spec.lower, group)


# Name: (part that must show, whether it holds).
_ATTRIBUTES: dict[str, tuple[str, Test]] = {
    "female": (_ALWAYS, lambda spec: spec.gender == "woman"),
    "age child": (_ALWAYS, lambda spec: spec.age == "child"),
    "age young": (_ALWAYS, lambda spec: spec.age == "young"),
    "age adult": (_ALWAYS, lambda spec: spec.age == "adult"),
    "age old": (_ALWAYS, lambda spec: spec.age == "old"),
    "build slim": (_ALWAYS, lambda spec: spec.build == "slim"),
    "build heavy": (_ALWAYS, lambda spec: spec.build == "heavy"),
    "hair long": ("hair", _hair_is("long")),
    "hair short": ("hair", _hair_is("short")),
    "hair tied": ("hair", _hair_is("ponytail", "bun")),
    "bald": ("hair", _hair_is("bald")),
    "hat": ("hat", lambda spec: spec.hat is not None),
    "glasses": ("glasses", lambda spec: spec.glasses),
    "sleeveless": ("upper", lambda spec: sleeve_length(spec) == "none"),
    "sleeves short": ("upper", lambda spec: sleeve_length(spec) == "short"),
    "sleeves long": ("upper", lambda spec: sleeve_length(spec) == "long"),
    "upper t-shirt": ("upper", _upper_is("t-shirt", "tank top")),
    "upper shirt": ("upper", _upper_is("shirt")),
    "upper sweater": ("upper", _upper_is("sweater", "hoodie")),
    "upper jacket": ("upper", _upper_is("jacket")),
    "long coat": ("upper", _upper_is("coat")),
    "dress": ("upper", _upper_is("dress")),
    "upper striped": ("upper", _pattern_is("striped")),
    "upper plaid": ("upper", _pattern_is("checked")),
    "upper dotted": ("upper", _pattern_is("dotted")),
    "upper colour-block": ("upper", _pattern_is("colour-block")),
    "upper logo": (_CHEST, _pattern_is("logo")),
    "trousers": ("lower", _lower_is("trousers", "jeans", "leggings")),
    "jeans": ("lower", _lower_is("jeans")),
    "shorts": ("lower", _lower_is("shorts")),
    "skirt": ("lower", _lower_is("skirt", "long skirt")),
    "lower striped": ("lower", _lower_pattern_is("striped")),
    "lower patterned": ("lower", lambda spec: spec.lower.pattern != "plain"),
    "sneakers": ("shoes", _shoes_are("sneakers")),
    "boots": ("shoes", _shoes_are("boots")),
    "leather shoes": ("shoes", _shoes_are("leather shoes", "high heels")),
    "sandals": ("shoes", _shoes_are("sandals")),
    "backpack": ("bag", _bag_is("backpack")),
    "handbag": ("bag", _bag_is("handbag")),
    "shoulder bag": ("bag", _bag_is("shoulder bag")),
    "suitcase": ("bag", _bag_is("suitcase")),
    "shopping bag": ("bag", _bag_is("shopping bag")),
    "umbrella": ("umbrella", _carries("umbrella")),
    "phone": ("phone", _carries("phone")),
    "scarf": ("scarf", _carries("scarf")),
    **{f"upper {group}": ("upper", _upper_colour(group)) for group in COLOUR_GROUPS},
    **{f"lower {group}": ("lower", _lower_colour(group)) for group in COLOUR_GROUPS},
}
ATTRIBUTE_NAMES: tuple[str, ...] = tuple(_ATTRIBUTES)


def attribute_labels(spec: PersonSpec, *, visible: frozenset[str] | None = None) -> list[int]:
    """Return the attributes of a person: 1 yes, 0 no, -1 where the picture does not tell.

    Args:
        spec: Who it is.
        visible: Members of ``visibility.FACTS`` that one picture shows; ``None`` for all.

    Returns:
        One label for each of ``ATTRIBUTE_NAMES``.
    """
    shown = facts_of(spec, frozenset(FACTS) if visible is None else visible)
    known = shown | {_ALWAYS}
    for part in lacking(spec):
        if _SEEN_LACKING_BY.get(part) in shown:
            known |= {part}
    if "upper" in shown and shown & {"front", "side"}:
        known |= {_CHEST}
    return [int(test(spec)) if part in known else -1 for part, test in _ATTRIBUTES.values()]
