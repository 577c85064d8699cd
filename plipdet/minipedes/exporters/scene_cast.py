"""Who is in which scene of a set: everybody often, by several cameras, some always together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from plipdet.minipedes.exporters.scene_set_plan import SCENE_SPLITS, SceneSetPlan

SCENE_CAMERAS = 6
_CROWDING = (0.04, 0.12, 0.18, 0.19, 0.17, 0.12, 0.09, 0.06, 0.03)  # share of scenes with 0-8
_STRANGERS = 0.22  # share of people who are nobody of the data set
_COMPANY = (0.6, 0.28, 0.12)  # share of identities' parties of one, two and three


@dataclass(frozen=True)
class SceneCast:
    """Who is in a scene.

    Args:
        number: Of the scene, from 1.
        split: train or test.
        camera_id: Who films it, from 1.
        parties: Identities, by those who walk together.
        strangers: Number of people who are nobody of the data set.
    """

    number: int
    split: str
    camera_id: int
    parties: tuple[tuple[int, ...], ...]
    strangers: int


def cast_scenes(plan: SceneSetPlan) -> list[SceneCast]:
    """Return who is in each scene of a set.

    Whoever was seen least is next, and of these whoever this camera saw least.

    Args:
        plan: The set.
    """
    return [cast for split in SCENE_SPLITS for cast in _cast_split(plan, split)]


def _cast_split(plan: SceneSetPlan, split: str) -> Iterator[SceneCast]:
    rng = np.random.default_rng((plan.seed, SCENE_SPLITS.index(split), 61))
    parties = _parties(plan.people_of(split), rng)
    sizes = np.array([len(party) for party in parties])
    seen = np.zeros((len(parties), SCENE_CAMERAS), np.int64)
    for number in plan.numbers_of(split):
        camera = int(rng.integers(SCENE_CAMERAS))
        total = int(rng.choice(len(_CROWDING), p=_CROWDING))
        strangers = int(rng.binomial(total, _STRANGERS))
        room = total - strangers
        chosen: list[int] = []
        while room > 0:
            order = 1000.0 * seen.sum(1) + seen[:, camera] + rng.uniform(size=len(parties))
            order[sizes > room] = np.inf
            order[chosen] = np.inf
            best = int(order.argmin())
            if np.isinf(order[best]):
                strangers += room
                break
            chosen.append(best)
            room -= int(sizes[best])
            seen[best, camera] += 1
        found = tuple(parties[at] for at in chosen)
        yield SceneCast(number, split, camera + 1, found, strangers)


def _parties(people: range, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Return identities in random order, by those who walk together."""
    order = [int(person) for person in rng.permutation(np.array(people))]
    found = []
    while order:
        count = 1 + int(rng.choice(len(_COMPANY), p=_COMPANY))
        found.append(tuple(order[:count]))
        order = order[count:]
    return found
