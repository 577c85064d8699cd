import pytest
import torch

from plipdet.models.detectors.region_sampler import NOBODY, Annotated, in_ignored, sample_regions


def known(boxes, ignored=()):
    people = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    regions = torch.tensor(ignored, dtype=torch.float32).reshape(-1, 4)
    return Annotated(people, torch.arange(len(people)), regions)


def test_half_of_a_box_in_a_region_is_ignored():
    boxes = torch.tensor([[0.0, 0, 10, 10], [4, 0, 14, 10], [6, 0, 16, 10], [30, 0, 40, 10]])
    regions = torch.tensor([[0.0, 0.0, 10.0, 10.0], [100.0, 0.0, 110.0, 10.0]])
    assert in_ignored(boxes, regions).tolist() == [True, True, False, False]
    assert in_ignored(boxes, regions[:0]).tolist() == [False] * 4


def test_boxes_show_the_person_they_overlap_most_and_background_is_not_ignored():
    people = known([[0, 0, 10, 20], [8, 0, 18, 20]], ignored=[[50, 50, 60, 60]])
    boxes = torch.tensor([[1.0, 0, 11, 20], [50, 50, 60, 60], [80, 80, 90, 90]])
    found, shown = sample_regions(boxes, people, count=8, positive_share=0.5, iou=0.5)
    pairs = sorted(zip(found.tolist(), shown.tolist(), strict=True))
    assert pairs == [
        ([0.0, 0.0, 10.0, 20.0], 0),
        ([1.0, 0.0, 11.0, 20.0], 0),
        ([8.0, 0.0, 18.0, 20.0], 1),
        ([80.0, 80.0, 90.0, 90.0], NOBODY),
    ]


@pytest.mark.parametrize("count", [2, 4, 10])
def test_no_more_than_asked_for_and_half_of_it_people(count):
    people = known([[0, 0, 10, 20]])
    boxes = torch.cat([people.boxes.repeat(9, 1), torch.tensor([[70.0, 70, 90, 90]]).repeat(9, 1)])
    found, shown = sample_regions(boxes, people, count=count, positive_share=0.5, iou=0.5)
    assert len(found) == len(shown) == min(count, 5 + 9)
    assert (shown != NOBODY).sum() == count // 2


def test_a_picture_without_people_is_all_background():
    found, shown = sample_regions(
        torch.tensor([[0.0, 0, 5, 5]]), known([]), count=4, positive_share=0.5, iou=0.5
    )
    assert found.tolist() == [[0.0, 0.0, 5.0, 5.0]] and shown.tolist() == [NOBODY]
