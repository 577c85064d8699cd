"""What a MiniPedes person looks like: one truth for pixels, labels and sentences."""

from __future__ import annotations

from dataclasses import dataclass

GENDERS = ("man", "woman")
AGES = ("child", "young", "adult", "old")
BUILDS = ("slim", "average", "heavy")
HAIR_STYLES = ("bald", "short", "medium", "long", "ponytail", "bun")
HATS = ("none", "cap", "beanie", "brimmed")
UPPER_GARMENTS = (
    "t-shirt",
    "tank top",
    "shirt",
    "long-sleeved top",
    "sweater",
    "hoodie",
    "jacket",
    "coat",
    "dress",
)
LOWER_GARMENTS = ("trousers", "jeans", "leggings", "shorts", "skirt", "long skirt", "none")
PATTERNS = ("plain", "striped", "checked", "dotted", "colour-block", "logo")
SHOES = ("sneakers", "boots", "leather shoes", "sandals", "high heels")
BAGS = ("none", "backpack", "handbag", "shoulder bag", "suitcase", "shopping bag")
OTHER_BELONGINGS = ("umbrella", "phone", "scarf")

# Colour names with the sRGB value each is rendered around; each garment jitters it a little.
COLOURS: dict[str, tuple[int, int, int]] = {
    "black": (28, 28, 30),
    "white": (232, 232, 228),
    "grey": (128, 128, 130),
    "red": (190, 36, 40),
    "blue": (38, 78, 178),
    "navy": (26, 34, 76),
    "light blue": (132, 178, 222),
    "green": (42, 122, 58),
    "olive": (104, 104, 52),
    "yellow": (226, 196, 52),
    "orange": (222, 118, 36),
    "brown": (104, 68, 42),
    "beige": (206, 184, 148),
    "pink": (226, 140, 172),
    "purple": (108, 56, 140),
}
HAIR_COLOURS: dict[str, tuple[int, int, int]] = {
    "black": (24, 20, 20),
    "brown": (84, 54, 34),
    "blond": (206, 170, 104),
    "grey": (150, 148, 146),
    "red": (142, 66, 34),
}


@dataclass(frozen=True)
class Garment:
    """One piece of clothing or luggage.

    Args:
        kind: A member of the tuple its slot names (``UPPER_GARMENTS``, ``SHOES`` ...).
        colour: Key of ``COLOURS``.
        pattern: Member of ``PATTERNS``.
        second_colour: Key of ``COLOURS`` for the pattern; equal to ``colour`` when plain.
    """

    kind: str
    colour: str
    pattern: str = "plain"
    second_colour: str | None = None


@dataclass(frozen=True)
class PersonSpec:
    """Everything that stays the same over all pictures of one identity.

    Args:
        person_id: Identity number, from 1.
        gender: Member of ``GENDERS``.
        age: Member of ``AGES``.
        build: Member of ``BUILDS``.
        skin: Fitzpatrick-like tone, 0 (light) to 1 (dark).
        hair_style: Member of ``HAIR_STYLES``.
        hair_colour: Key of ``HAIR_COLOURS``.
        hat: Hat with its colour, ``None`` when bare-headed (kind is a member of ``HATS``).
        glasses: Whether the person wears glasses.
        upper: Outermost upper garment; a dress has ``lower.kind == "none"``.
        inner: Garment seen under an open jacket or coat, else ``None``.
        lower: Lower garment.
        shoes: Footwear.
        bag: Carried bag, ``None`` when there is none.
        others: Other belongings, kinds from ``OTHER_BELONGINGS``.
        body_seed: Seed of the fine body shape (proportions, face), an integer.
    """

    person_id: int
    gender: str
    age: str
    build: str
    skin: float
    hair_style: str
    hair_colour: str
    hat: Garment | None
    glasses: bool
    upper: Garment
    inner: Garment | None
    lower: Garment
    shoes: Garment
    bag: Garment | None
    others: tuple[Garment, ...]
    body_seed: int
