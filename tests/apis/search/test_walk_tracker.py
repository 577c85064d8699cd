import numpy as np
import pytest
import torch

from plipdet.apis.search import WalkTracker
from plipdet.apis.search.found_person import view_quality
from plipdet.structures import Detections

PICTURE = np.zeros((100, 200, 3), np.uint8)
LOOKS = {"a": (1.0, 0, 0), "b": (0, 1.0, 0), "c": (0, 0, 1.0)}


def people(*found, score=0.9):
    boxes = torch.tensor([box for _, box in found]).float().reshape(-1, 4)
    looks = torch.tensor([LOOKS[name] for name, _ in found]).reshape(-1, 3)
    return Detections(boxes, torch.full((len(found),), score), looks)


def at(left, top=20, width=20, height=60):
    return (left, top, left + width, top + height)


def follow(frames, **options):
    tracker = WalkTracker("v.avi", **options)
    over = []
    for number, found in enumerate(frames):
        over += tracker.step(number, number / 10, people(*found), PICTURE)
    return over + tracker.finish()


def test_one_walk_is_one_result():
    (walk,) = follow([[("a", at(5 * i))] for i in range(20)])
    assert (walk.track, walk.start, walk.end, walk.walk) == (0, 0.0, 1.9, None)
    assert len(walk.views) == 3
    np.testing.assert_allclose(walk.embedding, LOOKS["a"], atol=1e-6)


def test_two_who_cross_keep_their_walks():
    frames = [[("a", at(10 * i)), ("b", at(140 - 10 * i))] for i in range(15)]
    walks = sorted(follow(frames), key=lambda w: w.track)
    assert len(walks) == 2
    np.testing.assert_allclose(walks[0].embedding, LOOKS["a"], atol=1e-6)
    np.testing.assert_allclose(walks[1].embedding, LOOKS["b"], atol=1e-6)


def test_is_expected_where_the_walk_leads():
    # Hidden for five frames, and then where only its speed tells, as others look alike.
    frames = [[("a", at(10 * i))] for i in range(5)] + [[]] * 5
    frames += [[("b", at(10 * i))] for i in range(10, 13)]
    assert len(follow(frames)) == 1


def test_who_was_gone_for_long_begins_anew():
    frames = [[("a", at(10))]] * 3 + [[]] * 25 + [[("a", at(10))]] * 3
    walks = follow(frames)
    assert [(w.track, w.start) for w in walks] == [(0, 0.0), (1, 2.8)]
    assert len(follow(frames, patience=3.0)) == 1


def test_far_away_or_unlike_is_another_person():
    assert len(follow([[("a", at(0))], [("a", at(0))], [("a", at(150))], [("a", at(150))]])) == 2
    assert len(follow([[("a", at(0))], [("a", at(0))], [("b", at(30))], [("b", at(30))]])) == 2
    assert len(follow([[("a", at(0))], [("a", at(30))], [("a", at(60))]])) == 1


def test_is_over_after_three_looks_however_far_apart():
    tracker = WalkTracker("v.avi", patience=2.0)
    looks = [[("a", at(10))], [("a", at(10))], [], [], [("a", at(10))], [], [], [], []]
    over = [len(tracker.step(i, 5.0 * i, people(*f), PICTURE)) for i, f in enumerate(looks)]
    assert over == [0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_drops_what_was_seen_once():
    assert follow([[("a", at(0))], []]) == []
    assert len(follow([[("a", at(0))], []], least_seen=1)) == 1
    assert len(follow([[("a", at(0))]])) == 1  # no more was to be seen


def test_keeps_the_best_views_and_their_thumbnail():
    sizes = [10, 40, 30, 20, 35]
    frames = [[("a", at(20, width=s, height=2 * s))] for s in sizes]
    (walk,) = follow(frames)
    assert [v.frame for v in walk.views] == [1, 4, 2]
    assert walk.thumbnail[:2] == b"\xff\xd8"
    assert walk.views[0].box == pytest.approx((20, 20, 60, 100))


def test_the_embedding_weighs_views_by_quality():
    found = [people(("a", at(50))), people(("b", at(52, width=40, height=60)))]
    tracker = WalkTracker("v.avi")
    for number, one in enumerate(found):
        tracker.step(number, number / 10, one, PICTURE)
    (walk,) = tracker.finish()
    qualities = np.array([0.9 * (20 * 60) ** 0.5, 0.9 * (40 * 60) ** 0.5])
    wanted = np.array([*qualities, 0]) / np.linalg.norm(qualities)
    np.testing.assert_allclose(walk.embedding, wanted, atol=1e-6)


def test_goes_on_as_if_it_had_not_been_stopped():
    frames = [[("a", at(5 * i)), ("b", at(150, width=18 + i))] for i in range(16)]
    whole = follow(frames)
    first, second = WalkTracker("v.avi"), WalkTracker("v.avi")
    for number in range(8):
        first.step(number, number / 10, people(*frames[number]), PICTURE)
    second.restore(first.going_on(), next_track=first.next_track)
    for number in range(8, 16):
        second.step(number, number / 10, people(*frames[number]), PICTURE)
    for wanted, found in zip(whole, second.finish(), strict=True):
        assert (wanted.track, wanted.start, wanted.end) == (found.track, found.start, found.end)
        assert wanted.views == found.views
        np.testing.assert_allclose(wanted.embedding, found.embedding, atol=1e-6)


def test_quality_of_a_view():
    inside = view_quality((10, 10, 30, 90), 0.5, (100, 100))
    assert inside == pytest.approx(0.5 * 40)
    assert view_quality((0, 10, 20, 90), 0.5, (100, 100)) == pytest.approx(inside / 2)
    assert view_quality((10, 20, 30, 100), 0.5, (100, 100)) == pytest.approx(inside)
