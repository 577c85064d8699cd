"""Random scenes: who walks where, what stands in the way, and how well the camera sees."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from plipdet.minipedes.cameras import OCCLUDERS, Camera, sample_view
from plipdet.minipedes.person_spec import COLOURS, PersonSpec
from plipdet.minipedes.projection import Projection
from plipdet.minipedes.scenes.lens import half_width, scene_lens, wall_distance
from plipdet.minipedes.scenes.scene_spec import Bystander, Obstacle, SceneSpec

_APART = 0.55  # m between two people
_TRIES = 40
_TOGETHER = 0.8  # share of a group's scenes in which it walks side by side
_OVER_THE_EDGE = 1.03  # of the picture's half width: where people may still stand
_CONDITIONS = ("fair", "dark", "blurred", "noisy")
_SHARES = (0.78, 0.09, 0.07, 0.06)


@dataclass(frozen=True)
class Company:
    """People who belong together, one or several.

    Args:
        people: Who, and which identity (``None``: nobody of the data set).
    """

    people: tuple[tuple[PersonSpec, int | None], ...]


def sample_scene(
    camera: Camera, companies: tuple[Company, ...], rng: np.random.Generator
) -> SceneSpec:
    """Return a moment before a camera; consumes ``rng``.

    Args:
        camera: Which.
        companies: Who is there.
        rng: Source of all that is random.
    """
    lens = scene_lens(camera, (9, 16))  # where people stand does not depend on the resolution
    light_turn = float(rng.normal(0, 0.25))
    people: list[Bystander] = []
    for company in companies:
        together = rng.uniform() < _TOGETHER
        parties = [company.people] if together else [(one,) for one in company.people]
        for party in parties:
            people += _place(party, people, camera, lens, light_turn, rng)
    exposure, defocus, noise = _condition(rng)
    tint = 1 + rng.normal(0, 0.02, 3)
    crowd = None
    if people and rng.uniform() < 0.14:
        x = float(rng.uniform(-0.9, 0.9)) * half_width(lens, camera.depth)
        crowd = (x, wall_distance(camera, x) - 0.9)
    return SceneSpec(
        camera=camera,
        people=tuple(people),
        obstacles=_obstacles(people, rng),
        crowd=crowd,
        exposure=exposure,
        tint=(float(tint[0]), float(tint[1]), float(tint[2])),
        light_turn=light_turn,
        defocus=defocus,
        noise=noise,
        seed=int(rng.integers(2**31)),
    )


def _place(
    party: tuple[tuple[PersonSpec, int | None], ...],
    others: list[Bystander],
    camera: Camera,
    lens: Projection,
    light_turn: float,
    rng: np.random.Generator,
) -> list[Bystander]:
    """Return people who walk side by side, where they stand in nobody's place if there is room."""
    views = [sample_view(spec, camera, rng) for spec, _ in party]
    heading = views[0].heading
    gaps = np.cumsum([0.0, *rng.uniform(0.6, 0.85, len(party) - 1)])
    steps = gaps - gaps.mean()
    standing = np.array([other.view.position for other in others]).reshape(-1, 2)
    for _ in range(_TRIES):
        middle = _spot(camera, lens, rng)
        # Side by side: across their way, which is (sin, -cos) of the heading.
        places = middle + steps[:, None] * np.array([np.cos(heading), np.sin(heading)])
        places += rng.normal(0, 0.08, places.shape)
        for place in places:
            place[1] = min(place[1], wall_distance(camera, place[0]) - 0.6)
        gap = np.linalg.norm(places[:, None] - standing[None], axis=-1)
        if gap.size == 0 or gap.min() > _APART:
            break
    found = []
    for (spec, person_id), view, place in zip(party, views, places, strict=True):
        turned = heading + float(rng.normal(0, 0.12)) if len(party) > 1 else heading
        position = (float(place[0]), float(place[1]))
        placed = replace(view, position=position, heading=turned, light_turn=light_turn)
        found.append(Bystander(spec, placed, person_id))
    return found


def _spot(camera: Camera, lens: Projection, rng: np.random.Generator) -> np.ndarray:
    near, far = camera.distances
    if rng.uniform() < 0.2:
        distance = float(rng.uniform(far, max(camera.depth - 0.8, far)))
    else:
        distance = float(rng.uniform(0.9 * near, far))
    side = float(rng.uniform(-_OVER_THE_EDGE, _OVER_THE_EDGE))
    return np.array([side * half_width(lens, distance), distance])


def _condition(rng: np.random.Generator) -> tuple[float, float, float]:
    """Return exposure, defocus and extra noise of a moment."""
    kind = str(rng.choice(_CONDITIONS, p=_SHARES))
    exposure = float(np.exp(rng.normal(0.0, 0.16)))
    defocus, noise = 0.0, 0.0
    if kind == "dark":
        exposure, noise = float(rng.uniform(0.18, 0.4)), float(rng.uniform(0.01, 0.025))
    elif kind == "blurred":
        defocus = float(rng.uniform(0.0025, 0.0055))
    elif kind == "noisy":
        noise = float(rng.uniform(0.02, 0.045))
    return exposure, defocus, noise


def _obstacles(people: list[Bystander], rng: np.random.Generator) -> tuple[Obstacle, ...]:
    """Return what stands before some people; a crop's share of hidden people, for each of them."""
    found = []
    kinds = [kind for kind in OCCLUDERS if kind not in ("none", "person")]
    for person in people:
        if rng.uniform() > 0.08:
            continue
        x, z = person.view.position
        nearer = max(z - float(rng.uniform(0.7, 1.6)), 1.5)
        side = float(rng.choice([-1, 1]))
        found.append(
            Obstacle(
                kind=str(rng.choice(kinds)),
                x=x * nearer / z + side * float(rng.uniform(0.0, 0.35)),
                distance=nearer,
                side=side,
                colour=str(rng.choice(list(COLOURS))),
            )
        )
    return tuple(found)
