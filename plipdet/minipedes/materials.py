"""What a surface is made of: one row of numbers a material, read by the shading kernel."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.person_spec import COLOURS, Garment

# Values of the label map, in order; "upper" is any top, "outer" a jacket or coat, "inner" what is
# seen under an open one.
PARSING_NAMES = (
    "background",
    "hat",
    "hair",
    "glasses",
    "upper",
    "inner",
    "dress",
    "outer",
    "lower",
    "skirt",
    "scarf",
    "face",
    "torso-skin",
    "left-arm",
    "right-arm",
    "left-leg",
    "right-leg",
    "left-shoe",
    "right-shoe",
    "bag",
    "umbrella",
    "phone",
)
LABEL = {name: index for index, name in enumerate(PARSING_NAMES)}
KINDS = ("skin", "cloth", "hair", "hard", "eye", "shoe", "knit")
PATTERN_CODES = {"plain": 0, "striped": 1, "checked": 2, "dotted": 3, "colour-block": 4, "logo": 5}
CLOSURES = ("none", "buttons", "zip", "open")
Colour = tuple[float, float, float]


def to_linear(rgb: tuple[float, float, float]) -> Colour:
    """Return linear light 0-1 of an sRGB colour 0-255."""
    value = np.asarray(rgb, np.float64) / 255.0
    low, high = value / 12.92, ((value + 0.055) / 1.055) ** 2.4
    linear = np.where(value <= 0.04045, low, high)
    return float(linear[0]), float(linear[1]), float(linear[2])


@dataclass(frozen=True)
class Material:
    """One surface.

    Args:
        label: Name in ``PARSING_NAMES`` (shoes and skin split into left and right by position).
        kind: Member of ``KINDS``.
        colour: Linear light, 0-1.
        second: Second colour of the pattern, linear light.
        pattern: Key of ``PATTERN_CODES``.
        scale: Size of the pattern, dm.
        folds: Depth of the wrinkles, 0 smooth to 1 crumpled.
        gloss: Strength of the highlight, 0-1.
        closure: Member of ``CLOSURES``: what runs down the front.
        hem: Canonical height of the lower edge, dm.
        sleeve: Arm coordinate of the cuff.
        denim: Seams and faded thighs of jeans, 0 or 1.
        strap: 0 none, 1 two straps of a backpack, 2 one across to the left hip, 3 to the right.
        strap_colour: Linear light.
        seed: Shifts the noise, so that no two garments wrinkle alike.
    """

    label: str
    kind: str
    colour: Colour
    second: Colour = (0.0, 0.0, 0.0)
    pattern: str = "plain"
    scale: float = 0.7
    folds: float = 0.5
    gloss: float = 0.05
    closure: str = "none"
    hem: float = -9.0
    sleeve: float = 2.0
    denim: float = 0.0
    strap: int = 0
    strap_colour: Colour = (0.0, 0.0, 0.0)
    seed: float = 0.0

    def row(self) -> list[float]:
        """Return the numbers in the order that ``shading`` reads them."""
        return [
            LABEL[self.label],
            KINDS.index(self.kind),
            *self.colour,
            *self.second,
            PATTERN_CODES[self.pattern],
            self.scale,
            self.folds,
            self.gloss,
            CLOSURES.index(self.closure),
            self.hem,
            self.sleeve,
            self.denim,
            self.strap,
            *self.strap_colour,
            self.seed,
        ]

    def with_straps(self, strap: int, colour: Colour) -> Material:
        """Return the material with a bag's straps drawn over it."""
        return replace(self, strap=strap, strap_colour=colour)


def jittered(rgb: tuple[int, int, int], rng: np.random.Generator, amount: float = 1.0) -> Colour:
    """Return a colour near ``rgb`` (sRGB) in linear light: the same word, another dye."""
    base = np.asarray(rgb, np.float64)
    grey = base.mean()
    saturation = 1.0 + 0.14 * amount * rng.uniform(-1, 1)
    value = grey + (base - grey) * saturation
    value *= 1.0 + 0.10 * amount * rng.uniform(-1, 1)
    value += rng.normal(0, 3.0 * amount, 3) + rng.uniform(-4, 8) * amount
    value = np.clip(value, 6, 246)
    return to_linear((value[0], value[1], value[2]))


def garment_colours(garment: Garment, rng: np.random.Generator) -> tuple[Colour, Colour]:
    """Return the garment's two colours in linear light."""
    first = jittered(COLOURS[garment.colour], rng)
    name = garment.second_colour or garment.colour
    second = jittered(COLOURS[name], rng) if name != garment.colour else first
    return first, second


def material_table(materials: list[Material]) -> NDArray[np.float32]:
    """Return the table of all materials, one row each."""
    return np.array([material.row() for material in materials], np.float32)
