import numpy as np
import pytest
import slow_person_search as slow
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.ops import box_iou

from plipdet.functional.box_overlap import needed_overlap, overlap, share_inside

sides = st.integers(0, 30)
boxes = st.lists(st.tuples(sides, sides, sides, sides), min_size=1, max_size=6)


def to_boxes(rows):
    left_top, size = np.array(rows, float)[:, :2], np.array(rows, float)[:, 2:]
    return np.concatenate([left_top, left_top + size], axis=1)


@given(boxes, boxes)
def test_overlap_is_intersection_over_union(first, second):
    a, b = to_boxes(first), to_boxes(second)
    found = overlap(a[:, None], b[None])
    expected = [[slow.overlap(one, other) for other in b] for one in a]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    library = box_iou(torch.from_numpy(a), torch.from_numpy(b)).nan_to_num(0).numpy()
    np.testing.assert_allclose(found, library, rtol=1e-6)


@given(boxes)
def test_the_needed_overlap_is_the_protocols(rows):
    found = needed_overlap(to_boxes(rows))
    assert found.tolist() == pytest.approx([slow.needed(box) for box in to_boxes(rows)], rel=1e-12)
    assert (found <= 0.5).all()


def test_hand_computed():
    assert overlap(np.array([0, 0, 10, 10]), np.array([5, 0, 15, 10])) == pytest.approx(1 / 3)
    assert share_inside(np.array([0, 0, 10, 10]), np.array([5, 0, 100, 100])) == 0.5
    assert needed_overlap(np.array([5, 5, 15, 25])) == pytest.approx(200 / 600)
    assert needed_overlap(np.array([0, 0, 100, 200])) == 0.5
