from __future__ import annotations

from collections import Counter

import numpy as np

from plipdet.minipedes.cameras import sample_camera, sample_view
from plipdet.minipedes.person_spec import (
    BAGS,
    COLOURS,
    HAIR_COLOURS,
    HAIR_STYLES,
    LOWER_GARMENTS,
    PATTERNS,
    SHOES,
    UPPER_GARMENTS,
)
from plipdet.minipedes.sample_person import sample_person

PEOPLE = [sample_person(1, number) for number in range(1, 501)]


def test_same_arguments_same_person_and_camera():
    assert sample_person(4, 9) == sample_person(4, 9) != sample_person(5, 9)
    assert sample_camera(4, 2) == sample_camera(4, 2) != sample_camera(4, 3)


def test_people_use_the_whole_vocabulary_and_nothing_else():
    assert {p.upper.kind for p in PEOPLE} == set(UPPER_GARMENTS)
    assert {p.lower.kind for p in PEOPLE} == set(LOWER_GARMENTS)
    assert {p.shoes.kind for p in PEOPLE} == set(SHOES)
    assert {p.hair_style for p in PEOPLE} == set(HAIR_STYLES)
    assert {p.hair_colour for p in PEOPLE} == set(HAIR_COLOURS)
    assert {p.bag.kind for p in PEOPLE if p.bag} == set(BAGS) - {"none"}
    assert {p.upper.pattern for p in PEOPLE} == set(PATTERNS)
    assert {p.upper.colour for p in PEOPLE} == set(COLOURS)


def test_dresses_replace_the_lower_garment_and_are_womens():
    for p in PEOPLE:
        assert (p.upper.kind == "dress") == (p.lower.kind == "none")
        assert p.upper.kind != "dress" or p.gender == "woman"
        assert p.inner is None or p.upper.kind in ("jacket", "coat")
        assert (p.upper.pattern == "plain") == (p.upper.second_colour is None)
        assert p.upper.second_colour != p.upper.colour


def test_five_hundred_people_mostly_differ_in_words():
    words = Counter(
        (p.gender, p.hair_style, p.upper, p.lower, p.shoes, p.bag and (p.bag.kind, p.bag.colour))
        for p in PEOPLE
    )
    assert sum(count == 1 for count in words.values()) > 480


def test_views_follow_the_generator():
    camera, spec = sample_camera(1, 1), PEOPLE[0]
    first, again = (sample_view(spec, camera, np.random.default_rng(2)) for _ in range(2))
    assert first == again
    assert camera.distances[0] <= first.position[1] <= camera.distances[1]
