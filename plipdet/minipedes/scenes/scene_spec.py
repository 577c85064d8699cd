"""What a scene shows, before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from plipdet.minipedes.cameras import Camera, ViewSpec
from plipdet.minipedes.person_spec import PersonSpec


@dataclass(frozen=True)
class Bystander:
    """A person in a scene.

    Args:
        spec: Who it is.
        view: Where and in which pose; what is said there of crops and passers-by has no meaning.
        person_id: Identity, from 1; ``None`` for people who are nobody of the data set.
    """

    spec: PersonSpec
    view: ViewSpec
    person_id: int | None


@dataclass(frozen=True)
class Obstacle:
    """Something that stands in people's way for a moment.

    Args:
        kind: Member of ``OCCLUDERS`` that is no person.
        x: Right of the camera, m.
        distance: From it, m.
        side: To which side a car reaches, -1 left or 1 right.
        colour: Key of ``COLOURS``.
    """

    kind: str
    x: float
    distance: float
    side: float
    colour: str


@dataclass(frozen=True)
class SceneSpec:
    """One moment before one camera.

    Args:
        camera: Which camera.
        people: Who is there.
        obstacles: What hides them, beside each other and the furniture.
        crowd: Where the middle of a far group that nobody tells apart stands (x, distance in m);
            ``None`` without one.
        exposure: Gain of the picture.
        tint: Gains of red, green, blue of this moment.
        light_turn: Turn of the key light at this moment, radians.
        defocus: Blur of the whole picture, as a share of its height.
        noise: Noise over that of the camera.
        seed: Of noise and of the crowd.
    """

    camera: Camera
    people: tuple[Bystander, ...]
    obstacles: tuple[Obstacle, ...]
    crowd: tuple[float, float] | None
    exposure: float
    tint: tuple[float, float, float]
    light_turn: float
    defocus: float
    noise: float
    seed: int
