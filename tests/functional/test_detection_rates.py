import numpy as np
import pytest
from random_scenes import random_world
from sklearn.metrics import average_precision_score
from slow_person_search import overlap

from plipdet.functional.detection_rates import match_detections

NONE = np.zeros((0, 4))


def by_definition(boxes, people):
    """Return which detections are right: each the other's largest overlap, at least a half."""
    shared = [[overlap(box, person) for box in boxes] for person in people]
    right = []
    for j in range(len(boxes)):
        column = [row[j] for row in shared]
        own = max(range(len(people)), key=lambda i: column[i], default=None)
        best = own is not None and max(range(len(boxes)), key=lambda k: shared[own][k]) == j
        right.append(bool(best and column[own] >= 0.5))
    return right


def test_matches_are_mutual_and_rates_follow():
    boxes, scores, people = [], [], []
    for seed in range(300):
        world = random_world(seed)
        for found, own in zip(world.found, world.people, strict=True):
            boxes.append(found.boxes.numpy().astype(float))
            scores.append(found.scores.numpy().astype(float))
            people.append(np.array([box for _, box in own]).reshape(-1, 4))
    found = match_detections(boxes, scores, people, [NONE] * len(boxes))
    right = np.concatenate([by_definition(b, p) for b, p in zip(boxes, people, strict=True)])
    assert (found.right == right.astype(bool)).all()
    total = sum(map(len, people))
    assert found.recall == pytest.approx(right.sum() / total)
    expected = average_precision_score(right, np.concatenate(scores)) * right.sum() / total
    assert found.average_precision == pytest.approx(expected)
    assert 0.1 < found.recall < 0.9 and found.found.sum() == right.sum()


def test_wrong_detections_in_ignored_regions_do_not_count():
    person, crowd = np.array([[0, 0, 10, 20.0]]), np.array([[50, 0, 100, 100.0]])
    boxes = np.array([[0, 0, 10, 20], [60, 10, 80, 60], [46, 0, 56, 10], [20, 0, 30, 20.0]])
    found = match_detections([boxes], [np.array([0.6, 0.9, 0.8, 0.7])], [person], [crowd])
    # The second lies inside, the third with six tenths of its area, the fourth outside.
    assert found.right.tolist() == [True, False] and found.scores.tolist() == [0.6, 0.7]
    assert found.average_precision == 0.5
    inside = match_detections([person], [np.array([0.6])], [person], [person])
    assert inside.right.tolist() == [True], "right is right, ignored or not"


def test_nobody_there_and_nothing_found():
    nothing = match_detections([NONE], [np.zeros(0)], [np.array([[0, 0, 5, 5.0]])], [NONE])
    assert nothing.recall == 0 and nothing.average_precision == 0
    nobody = match_detections([np.array([[0, 0, 5, 5.0]])], [np.ones(1)], [NONE], [NONE])
    assert nobody.recall is None and nobody.average_precision is None
