import hashlib
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import pytest

from plipdet.errors import InputError
from plipdet.minipedes.attributes import attribute_labels
from plipdet.minipedes.cameras import sample_camera
from plipdet.minipedes.exporters.read_set import read_set
from plipdet.minipedes.exporters.render_set import SetPlan, render_identity
from plipdet.minipedes.sample_person import sample_person
from plipdet.minipedes.world import STREET, WINTER, WORLDS, find_world

SET = Path(__file__).parents[1] / "data/minipedes"
PEOPLE_AND_CAMERAS = ("a5cdeec66dcab6dd", "6ef422d1bb39781f")


def digest(value):
    """Hash of a nested value with its numbers rounded, which no mathematics library changes."""
    told = json.loads(json.dumps(value), parse_float=lambda text: round(float(text), 9))
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def test_the_first_world_is_the_one_of_the_sets_that_are_there():
    """Rendered before there were worlds: people, cameras, sentences and pictures."""
    kept = json.loads((SET / "minipedes_attributes.json").read_text())["identities"]
    assert {n: [int(v) for v in attribute_labels(sample_person(0, int(n)))] for n in kept} == kept
    people = [asdict(sample_person(seed, n)) for seed in (0, 7) for n in range(1, 201)]
    cameras = [asdict(sample_camera(seed, n)) for seed in (0, 7) for n in range(1, 13)]
    assert (digest(people), digest(cameras)) == PEOPLE_AND_CAMERAS


def test_its_pictures_are_those_that_are_there(tmp_path):
    kept = [record for record in read_set(SET)[1] if record.person_id == 3]
    plan = SetPlan(24, 4, val_ids=4, test_ids=8, size=(128, 64), seed=0, quality=80)
    made = render_identity((plan, 3, tmp_path))
    for old, new in zip(kept, made, strict=True):
        assert (old.captions, old.prompt_captions) == (new.captions, new.prompt_captions)
        assert (old.camera_id, old.frame, old.split) == (new.camera_id, new.frame, new.split)
        pixels = [cv2.imread(str(path)).astype(int) for path in (old.image, new.image)]
        assert np.abs(pixels[0] - pixels[1]).max() <= 2, "decoders may round in two ways"


def people_of(world):
    return [sample_person(3, number, world) for number in range(1, 401)]


def test_winter_has_other_people_in_other_clothes():
    street, winter = (people_of(world) for world in (STREET, WINTER))
    bodies = {person.body_seed for person in street} & {person.body_seed for person in winter}
    assert len(bodies) < 3, "the same seed gives two populations"
    share = [Counter(person.upper.kind for person in people) for people in (street, winter)]
    assert share[1]["coat"] + share[1]["jacket"] > 3 * (share[0]["coat"] + share[0]["jacket"])
    assert share[1]["t-shirt"] + share[1]["tank top"] < 0.2 * share[0]["t-shirt"]
    hats = [sum(p.hat is not None and p.hat.kind == "beanie" for p in x) for x in (street, winter)]
    assert hats[1] > 4 * hats[0]
    dark = [sum(p.upper.colour in ("black", "navy") for p in people) for people in (street, winter)]
    assert dark[1] > 1.5 * dark[0]


def test_winter_has_other_cameras():
    street, winter = ([sample_camera(3, n, w) for n in range(40)] for w in (STREET, WINTER))
    assert np.mean([c.height for c in winter]) > 1 + np.mean([c.height for c in street])
    assert max(c.sun[1] for c in winter) < np.mean([c.sun[1] for c in street])
    assert np.mean([c.cast[2] - c.cast[0] for c in winter]) > 0.2, "bluish"
    assert {c.camera_id for c in winter} == {c.camera_id for c in street}


def test_a_world_is_deterministic_and_known_by_name():
    assert sample_person(4, 9, WINTER) == sample_person(4, 9, WINTER) != sample_person(5, 9, WINTER)
    assert [find_world(name).name for name in WORLDS] == ["street", "winter"]
    with pytest.raises(InputError, match="unknown world 'wintr'; did you mean 'winter'"):
        SetPlan(4, 2, val_ids=1, test_ids=1, size=(64, 32), seed=0, quality=90, world="wintr")
