"""Reading back a rendered set, so that it can be written in further layouts without rendering."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plipdet.errors import InputError
from plipdet.minipedes.attributes import attribute_labels
from plipdet.minipedes.cameras import ViewSpec
from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.render_set import SetPlan, frame_of, views_of
from plipdet.minipedes.sample_person import sample_person
from plipdet.minipedes.visibility import side_of
from plipdet.minipedes.world import STREET, find_world
from plipdet.structures import PHRASE_SLOTS

MARKER = "minipedes.json"
"""File that tells what a rendered set is."""
_PLAN = ("identities", "images_per_id", "val_ids", "test_ids", "seed", "quality")


def read_set(folder: Path) -> tuple[dict[str, Any], list[CropRecord]]:
    """Return what a set's marker says, and its pictures as they were when they were rendered.

    The layout of CUHK-PEDES has all pictures and sentences; which camera took which picture, who
    the people are and which side of them shows follows from the plan. Prompt captions and phrases
    are in the layout of SYNTH-PEDES, for training identities; without it they are left out.

    Args:
        folder: What ``tools/data/render_minipedes.py`` wrote.

    Raises:
        InputError: If it is no such folder, or lacks the layout of CUHK-PEDES.
    """
    marker = _read_json(folder / MARKER)
    plan = _plan(marker, folder / MARKER)
    path = folder / "CUHK-PEDES" / "reid_raw.json"
    if not path.is_file():
        raise InputError(
            f"{folder} has no CUHK-PEDES, the layout that holds all pictures; render the set with "
            "it, or name another set"
        )
    found = _read_json(path)
    if len(found) != plan.identities * plan.images_per_id:
        raise InputError(
            f"{path} has {len(found)} records, {folder / MARKER} tells of "
            f"{plan.identities * plan.images_per_id}; render the set again"
        )
    synth = folder / "SYNTH-PEDES" / "synthpedes_dataset.json"
    extras = _read_json(synth) if synth.is_file() else []
    # Both annotations are ordered by identity and picture, and training comes first.
    pairs: Iterator[Any] = itertools.zip_longest(found, extras, fillvalue={})
    taken: list[tuple[tuple[int, ...], ViewSpec]] = []
    records = []
    for number, (entry, extra) in enumerate(pairs):
        if number % plan.images_per_id == 0:
            taken = _taken(plan, entry["id"])
        records.append(_record(entry, extra, number % plan.images_per_id, taken, path.parent))
    return marker, records


def _taken(plan: SetPlan, person_id: int) -> list[tuple[tuple[int, ...], ViewSpec]]:
    """Return the labels of a person and how each picture was taken."""
    spec = sample_person(plan.seed, person_id, find_world(plan.world))
    labels = tuple(attribute_labels(spec))
    return [(labels, view) for view, _ in views_of(plan, spec)]


def _record(
    entry: dict[str, Any],
    known: dict[str, Any],
    number: int,
    taken: list[tuple[tuple[int, ...], ViewSpec]],
    folder: Path,
) -> CropRecord:
    person = entry["id"]
    assert known.get("id", person) == person, "the annotations are of two sets"
    labels, view = taken[number]
    phrases = known["attributes"][0].split(",") if known else [None] * len(PHRASE_SLOTS)
    return CropRecord(
        image=folder / "imgs" / entry["file_path"],
        person_id=person,
        camera_id=view.camera.camera_id,
        frame=frame_of(number),
        split=entry["split"],
        captions=tuple(entry["captions"]),
        prompt_captions=tuple(known.get("prompt_caption", ())),
        phrases=tuple(None if phrase == "unknown" else phrase for phrase in phrases),
        attribute_labels=labels,
        side=side_of(view),
    )


def _plan(marker: Any, path: Path) -> SetPlan:
    try:
        numbers = {name: int(marker[name]) for name in _PLAN}
        size = (int(marker["size"][0]), int(marker["size"][1]))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(f"{path} does not tell of a rendered set ({error!r})") from error
    return SetPlan(**numbers, size=size, world=marker.get("world", STREET.name))


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            f"there is no {path}; name a folder that tools/data/render_minipedes.py wrote"
        ) from error
    except ValueError as error:
        raise InputError(f"{path} is no JSON: {error}; render the set again") from error
