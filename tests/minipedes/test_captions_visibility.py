import dataclasses

import numpy as np
import pytest

from plipdet.minipedes.cameras import sample_camera, sample_view
from plipdet.minipedes.materials import LABEL
from plipdet.minipedes.sample_person import sample_person
from plipdet.minipedes.visibility import facts_of, lacking, what_shows

SPEC = sample_person(1, 1)
VIEW = sample_view(SPEC, sample_camera(1, 1), np.random.default_rng(0))


def picture(**pixels: int) -> np.ndarray:
    labels = [LABEL[name.replace("_", "-")] for name, count in pixels.items() for _ in range(count)]
    return np.array(labels + [0] * (100 * 50 - len(labels)), np.uint8).reshape(100, 50)


def test_parts_show_where_enough_pixels_are_theirs():
    shown = what_shows(picture(outer=400, inner=30, skirt=60, left_shoe=4, right_shoe=5), VIEW)
    assert {"upper", "inner", "lower", "shoes"} <= shown
    assert not {"face", "hair", "hat", "bag"} & shown
    assert not {"upper", "shoes"} & what_shows(picture(outer=40, left_shoe=7), VIEW)


@pytest.mark.parametrize(
    ("heading", "way"),
    [
        (0.0, "front"),
        (0.5, "front"),
        (np.pi, "back"),
        (-3.0, "back"),
        (1.5, "side"),
        (-1.5, "side"),
    ],
)
def test_view(heading, way):
    shown = what_shows(picture(), dataclasses.replace(VIEW, heading=heading))
    assert {"front", "back", "side"} & shown == {way}


@pytest.mark.parametrize(("stride", "motion"), [(0.02, "standing"), (0.3, "walking")])
def test_motion(stride, motion):
    view = dataclasses.replace(VIEW, pose=dataclasses.replace(VIEW.pose, stride=stride))
    assert {"walking", "standing"} & what_shows(picture(), view) == {motion}


def test_a_bald_head_shows_as_skin():
    bald = dataclasses.replace(SPEC, hair_style="bald")
    assert facts_of(bald, frozenset({"face"})) == {"face", "hair"}
    assert facts_of(SPEC, frozenset({"face"})) == {"face"}


def test_what_is_lacking_cannot_show():
    bare = dataclasses.replace(SPEC, hat=None, bag=None, others=(), glasses=False, inner=None)
    assert lacking(bare) >= {"hat", "bag", "umbrella", "phone", "scarf", "glasses", "inner"}
    assert facts_of(bare, frozenset({"hat", "bag", "upper"})) == {"upper"}
