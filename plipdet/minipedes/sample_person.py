"""Drawing people as streets show them: what goes together, and in which colours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from plipdet.minipedes.fashion import Fashion
from plipdet.minipedes.person_spec import Garment, PersonSpec
from plipdet.minipedes.world import STREET, World

Weights = dict[str, float]
_AS_IT_IS: Mapping[str, float] = {}
_TOP_COLOURS: Weights = {
    "black": 16,
    "white": 14,
    "grey": 12,
    "red": 8,
    "blue": 8,
    "navy": 7,
    "light blue": 6,
    "green": 6,
    "olive": 3,
    "yellow": 5,
    "orange": 4,
    "brown": 5,
    "beige": 6,
    "pink": 7,
    "purple": 5,
}
_BOTTOM_COLOURS: Weights = {
    "black": 24,
    "white": 6,
    "grey": 12,
    "red": 3,
    "blue": 12,
    "navy": 12,
    "light blue": 5,
    "green": 3,
    "olive": 5,
    "yellow": 2,
    "brown": 7,
    "beige": 9,
    "pink": 3,
    "purple": 2,
}
_JEANS_COLOURS: Weights = {"blue": 45, "navy": 25, "light blue": 17, "black": 13}
_SHOE_COLOURS: Weights = {
    "black": 40,
    "white": 25,
    "grey": 11,
    "brown": 12,
    "red": 4,
    "blue": 4,
    "beige": 4,
}
_BAG_COLOURS: Weights = {
    "black": 34,
    "grey": 10,
    "brown": 13,
    "red": 9,
    "blue": 9,
    "navy": 6,
    "beige": 5,
    "pink": 4,
    "green": 5,
    "yellow": 3,
    "white": 4,
    "purple": 3,
}
_TOPS: dict[str, Weights] = {
    "man": {
        "t-shirt": 32,
        "tank top": 3,
        "shirt": 18,
        "long-sleeved top": 10,
        "sweater": 9,
        "hoodie": 11,
        "jacket": 13,
        "coat": 4,
    },
    "woman": {
        "t-shirt": 25,
        "tank top": 8,
        "shirt": 11,
        "long-sleeved top": 12,
        "sweater": 9,
        "hoodie": 5,
        "jacket": 8,
        "coat": 6,
        "dress": 16,
    },
}
_WARM = ("jacket", "coat", "sweater", "hoodie")


def _pick(
    rng: np.random.Generator, weights: Weights, factors: Mapping[str, float] = _AS_IT_IS
) -> str:
    names = list(weights)
    shares = np.array([weights[name] * factors.get(name, 1.0) for name in names], np.float64)
    return names[rng.choice(len(names), p=shares / shares.sum())]


def _other_colour(rng: np.random.Generator, weights: Weights, colour: str, fashion: Fashion) -> str:
    others = {name: share for name, share in weights.items() if name != colour}
    return _pick(rng, others, fashion.colours)


def _top(rng: np.random.Generator, kind: str, fashion: Fashion) -> Garment:
    weights = dict(_TOP_COLOURS)
    if kind in ("coat", "jacket"):
        weights = {
            k: w * (2.0 if k in ("black", "navy", "beige", "brown", "olive", "grey") else 0.8)
            for k, w in weights.items()
        }
    colour = _pick(rng, weights, fashion.colours)
    patterns: dict[str, Weights] = {
        "t-shirt": {"plain": 50, "striped": 17, "dotted": 3, "colour-block": 8, "logo": 22},
        "tank top": {"plain": 70, "striped": 15, "dotted": 5, "logo": 10},
        "shirt": {"plain": 52, "striped": 18, "checked": 27, "dotted": 3},
        "long-sleeved top": {"plain": 58, "striped": 27, "colour-block": 10, "dotted": 5},
        "sweater": {"plain": 62, "striped": 25, "colour-block": 13},
        "hoodie": {"plain": 58, "logo": 27, "colour-block": 15},
        "jacket": {"plain": 80, "colour-block": 20},
        "coat": {"plain": 90, "checked": 10},
        "dress": {"plain": 50, "striped": 15, "checked": 8, "dotted": 27},
    }
    pattern = _pick(rng, patterns[kind])
    second = None if pattern == "plain" else _other_colour(rng, _TOP_COLOURS, colour, fashion)
    return Garment(kind, colour, pattern, second)


def _lower(rng: np.random.Generator, upper: str, gender: str, fashion: Fashion) -> Garment:
    if upper == "dress":
        return Garment("none", "black")
    kinds: Weights = {"trousers": 38, "jeans": 38, "shorts": 16}
    if gender == "woman":
        kinds = {
            "trousers": 24,
            "jeans": 32,
            "leggings": 15,
            "shorts": 9,
            "skirt": 14,
            "long skirt": 6,
        }
    if upper in _WARM:
        kinds["shorts"] *= 0.15
    if upper in ("tank top", "t-shirt"):
        kinds["shorts"] *= 1.8
    kind = _pick(rng, kinds, fashion.kinds)
    if kind == "jeans":
        return Garment(kind, _pick(rng, _JEANS_COLOURS, fashion.colours))
    colours = {**_BOTTOM_COLOURS, "black": 60} if kind == "leggings" else _BOTTOM_COLOURS
    colour = _pick(rng, colours, fashion.colours)
    chance = 0.3 if "skirt" in kind else 0.12 if kind == "shorts" else 0.05
    if rng.uniform() < chance:
        pattern = _pick(rng, {"checked": 4, "dotted": 3 * ("skirt" in kind) + 0.01, "striped": 3})
        return Garment(kind, colour, pattern, _other_colour(rng, _BOTTOM_COLOURS, colour, fashion))
    return Garment(kind, colour)


def _shoes(rng: np.random.Generator, spec: dict, fashion: Fashion) -> Garment:
    upper, lower = spec["upper"].kind, spec["lower"].kind
    kinds: Weights = {"sneakers": 55, "leather shoes": 22, "boots": 12, "sandals": 8}
    if spec["gender"] == "woman":
        kinds = {"sneakers": 42, "leather shoes": 14, "boots": 15, "sandals": 14, "high heels": 15}
    if spec["age"] == "child":
        kinds = {"sneakers": 80, "boots": 8, "sandals": 12}
    if upper in _WARM and "sandals" in kinds:
        kinds["sandals"] *= 0.08
    if lower == "shorts":
        kinds = {
            name: share * {"boots": 0.15, "leather shoes": 0.3}.get(name, 1.0)
            for name, share in kinds.items()
        }
    if spec["age"] == "old" and "high heels" in kinds:
        kinds["high heels"] *= 0.15
    kind = _pick(rng, kinds, fashion.kinds)
    return Garment(kind, _pick(rng, _SHOE_COLOURS, fashion.colours))


def _bag(rng: np.random.Generator, gender: str, age: str, fashion: Fashion) -> Garment | None:
    kinds: Weights = {
        "none": 48,
        "backpack": 27,
        "shoulder bag": 12,
        "suitcase": 5,
        "shopping bag": 6,
        "handbag": 2,
    }
    if gender == "woman":
        kinds = {
            "none": 36,
            "backpack": 18,
            "handbag": 18,
            "shoulder bag": 16,
            "suitcase": 5,
            "shopping bag": 7,
        }
    if age == "child":
        kinds = {"none": 60, "backpack": 40}
    kind = _pick(rng, kinds, fashion.kinds)
    return None if kind == "none" else Garment(kind, _pick(rng, _BAG_COLOURS))


def _others(
    rng: np.random.Generator, upper: str, age: str, fashion: Fashion
) -> tuple[Garment, ...]:
    found = []
    hand = rng.uniform()
    if hand < fashion.umbrella:
        found.append(Garment("umbrella", _pick(rng, {**_BAG_COLOURS, "black": 25})))
    elif hand < fashion.umbrella + 0.09 and age != "child":
        found.append(Garment("phone", "black"))
    if rng.uniform() < fashion.scarf[upper not in ("coat", "jacket")]:
        found.append(Garment("scarf", _pick(rng, _TOP_COLOURS, fashion.colours)))
    return tuple(found)


def _hair(rng: np.random.Generator, gender: str, age: str, skin: float) -> tuple[str, str]:
    if gender == "man":
        styles: Weights = {
            "short": 82,
            "medium": 7,
            "bald": 7 if age != "child" else 0,
            "long": 2,
            "bun": 1,
            "ponytail": 1,
        }
    else:
        styles = {"long": 34, "medium": 26, "ponytail": 20, "bun": 10, "short": 10}
    if age == "old":
        styles["short"] *= 2
        styles["bald"] = 18 if gender == "man" else 0
    colours: Weights = {"black": 42, "brown": 36, "blond": 16, "red": 6, "grey": 0}
    if skin > 0.5:
        colours = {"black": 85, "brown": 14, "blond": 1}
    if age == "old":
        colours = {**colours, "grey": 260}
    return _pick(rng, styles), _pick(rng, colours)


def sample_person(world_seed: int, person_id: int, world: World = STREET) -> PersonSpec:
    """Return person ``person_id`` of a world; the same arguments give the same person.

    Args:
        world_seed: Another seed is another population.
        person_id: Identity number, from 1.
        world: How the population dresses.
    """
    fashion = world.fashion
    rng = np.random.default_rng((world_seed, person_id, 17, *world.stream))
    gender = "woman" if rng.uniform() < 0.48 else "man"
    age = _pick(rng, {"child": 5, "young": 38, "adult": 44, "old": 13})
    build = _pick(rng, {"slim": 32, "average": 50, "heavy": 18})
    skin = float(np.clip(rng.beta(1.3, 2.6), 0, 1))
    style, hair_colour = _hair(rng, gender, age, skin)
    kind = _pick(rng, _TOPS[gender], fashion.kinds)
    upper = _top(rng, kind, fashion)
    inner = None
    if kind in ("jacket", "coat") and rng.uniform() < 0.55:
        inner = Garment(
            _pick(rng, {"t-shirt": 5, "shirt": 3, "sweater": 2}),
            _other_colour(rng, _TOP_COLOURS, upper.colour, fashion),
        )
    lower = _lower(rng, kind, gender, fashion)
    shoes = _shoes(rng, {"gender": gender, "age": age, "upper": upper, "lower": lower}, fashion)
    hats: Weights = {"none": 86, "cap": 8, "brimmed": 3, "beanie": 6 if kind in _WARM else 1}
    hat_kind = _pick(rng, hats, fashion.kinds)
    bare = hat_kind == "none"
    hat = None if bare else Garment(hat_kind, _pick(rng, _TOP_COLOURS, fashion.colours))
    return PersonSpec(
        person_id=person_id,
        gender=gender,
        age=age,
        build=build,
        skin=skin,
        hair_style=style,
        hair_colour=hair_colour,
        hat=hat,
        glasses=bool(rng.uniform() < (0.3 if age == "old" else 0.14)),
        upper=upper,
        inner=inner,
        lower=lower,
        shoes=shoes,
        bag=_bag(rng, gender, age, fashion),
        others=_others(rng, kind, age, fashion),
        body_seed=int(rng.integers(2**31)),
    )
