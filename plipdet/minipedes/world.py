"""Worlds: populations that dress alike and are seen by cameras of one kind."""

from __future__ import annotations

from dataclasses import dataclass

from plipdet.errors import InputError, near
from plipdet.minipedes.camera_site import CameraSite
from plipdet.minipedes.fashion import Fashion


@dataclass(frozen=True)
class World:
    """What a seed does not change.

    Args:
        name: As the command line calls it.
        fashion: What people wear.
        site: How cameras hang and see.
        stream: Numbers that part the random people and cameras of a world from those that the same
            seed gives elsewhere.
    """

    name: str
    fashion: Fashion
    site: CameraSite
    stream: tuple[int, ...]


STREET = World("street", Fashion(), CameraSite(), ())
"""Mild days in town: the world of all sets whose world is not told."""

WINTER = World(
    "winter",
    Fashion(
        kinds={
            "t-shirt": 0.08,
            "tank top": 0.02,
            "shirt": 0.35,
            "long-sleeved top": 0.6,
            "sweater": 1.8,
            "hoodie": 1.3,
            "jacket": 5.0,
            "coat": 11.0,
            "dress": 0.25,
            "shorts": 0.04,
            "skirt": 0.4,
            "leggings": 1.3,
            "sandals": 0.02,
            "high heels": 0.4,
            "boots": 4.0,
            "cap": 0.5,
            "brimmed": 0.4,
            "beanie": 6.0,
            "suitcase": 2.5,
            "shopping bag": 2.0,
            "backpack": 0.7,
        },
        colours={
            "black": 2.0,
            "navy": 1.8,
            "grey": 1.5,
            "brown": 1.7,
            "olive": 2.0,
            "red": 1.2,
            "white": 0.4,
            "light blue": 0.4,
            "yellow": 0.5,
            "orange": 0.6,
            "pink": 0.5,
        },
        scarf=(0.5, 0.15),
        umbrella=0.14,
    ),
    CameraSite(
        indoor=0.1,
        grounds=("asphalt", "paving", "tiles", "zebra"),
        backdrops=("concrete", "glass", "park", "facade"),
        height=(3.6, 5.6),
        near=(8.0, 14.0),
        depth_of_field=(5, 11),
        focal=(1.6, 3.0),
        native=(80, 190),
        sun=((0.0, 0.55), (0.5, 0.25), (0.9, 0.2)),
        elevation=(0.2, 0.55),
        ambient=(0.5, 0.8),
        warmth=-0.17,
        contrast=(0.95, 1.25),
        saturation=(0.6, 0.9),
        haze=(0.02, 0.07),
        noise=(0.005, 0.015),
        blur=(0.35, 1.0),
    ),
    (2,),
)
"""Dim, hazy winter days under high cameras: coats, boots, woolly hats, dark colours."""

WORLDS = {world.name: world for world in (STREET, WINTER)}


def find_world(name: str) -> World:
    """Return the world of a name.

    Raises:
        InputError: If there is none.
    """
    if name not in WORLDS:
        raise InputError(f"unknown world {name!r}{near(name, WORLDS)}; one of {', '.join(WORLDS)}")
    return WORLDS[name]
