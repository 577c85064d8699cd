import pytest

from plipdet.datasets.video_annotation import PersonBox, attribute_phrases
from plipdet.datasets.video_crops import choose_boxes

BOX = (0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("stride", "per_person", "frames"),
    [
        (1, None, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (4, None, [0, 4, 8]),
        (1, 1, [5]),
        (1, 2, [2, 7]),
        (1, 5, [1, 3, 5, 7, 9]),
        (1, 99, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (4, 2, [0, 8]),
    ],
)
def test_boxes_of_a_person_are_spread(stride, per_person, frames):
    boxes = [PersonBox(frame, "a", BOX) for frame in reversed(range(10))]
    kept = choose_boxes(boxes, stride=stride, per_person=per_person)
    assert [box.frame for box in kept] == frames


def test_people_are_thinned_out_one_by_one_and_come_by_frame():
    boxes = [PersonBox(f, p, BOX) for p, first in (("b", 0), ("a", 3)) for f in range(first, 9, 2)]
    kept = choose_boxes(boxes, stride=2, per_person=None)
    assert [(box.frame, box.person) for box in kept] == [
        (0, "b"), (3, "a"), (4, "b"), (7, "a"), (8, "b"),
    ]  # fmt: skip


def test_attributes_become_phrases():
    full = {
        "gender": "male", "hair": "short black", "upper": "shirt", "upper_color": ["white"],
        "lower": "skirt", "lower_color": ["white", "black"], "shoes_color": "brown",
        "bag": "none", "carrying": "umbrella",
    }  # fmt: skip
    assert attribute_phrases(full) == (
        "man", "short black hair", "white shirt", "white and black skirt", "brown shoes",
        "umbrella",
    )  # fmt: skip
    assert attribute_phrases({"gender": "unknown", "upper": "none"}) == (None,) * 6
    assert attribute_phrases(None) == (None,) * 6
