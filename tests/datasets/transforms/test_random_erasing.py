import numpy as np
import pytest

from plipdet.datasets.picture_stack import PictureStack
from plipdet.datasets.transforms import RandomErasing
from plipdet.errors import InputError


def erased(seed, image=None, prob=1.0, **results):
    image = np.full((64, 32, 3), 200, np.uint8) if image is None else image
    step = RandomErasing(prob, fill=(1, 2, 3))
    return step({"img": image, "rng": np.random.default_rng(seed), **results})["img"]


def test_one_rectangle_of_the_mean_within_its_bounds():
    areas, ratios, corners = [], [], []
    for seed in range(300):
        image = erased(seed)
        mask = (image == (1, 2, 3)).all(axis=2)
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert mask.sum() == height * width and (image[~mask] == 200).all()
        areas.append(mask.mean())
        ratios.append(height / width)
        corners.append((rows[0] == 0, rows[-1] == 63, columns[0] == 0, columns[-1] == 31))
    assert 0.015 < min(areas) < 0.05 and 0.3 < max(areas) < 0.42  # sides are whole px
    assert 0.2 < min(ratios) < 0.5 and 2.5 < max(ratios) < 4.5
    assert np.any(corners, axis=0).all()  # the borders are reached


def test_as_often_as_told_and_never_in_place_of_a_picture_that_others_hold():
    image = np.full((64, 32, 3), 200, np.uint8)
    changed = [not np.array_equal(erased(seed, image, prob=0.25), image) for seed in range(1000)]
    assert 0.2 < np.mean(changed) < 0.3
    assert (image == 200).all()


def test_a_picture_too_small_to_be_erased_stays():
    image = np.full((1, 1, 3), 200, np.uint8)
    assert np.array_equal(erased(0, image), image)


def test_it_is_written_where_the_batch_is_made():
    stack = PictureStack(1)
    image = stack.place(0, (64, 32, 3))
    image[...] = 200
    found = erased(3, image, stack=(stack, 0))
    assert np.array_equal(found, erased(3))
    assert np.shares_memory(stack.whole([found]), found)
    other = PictureStack(1)  # whose picture was not resized into it
    fresh = erased(3, None, stack=(other, 0))
    assert np.array_equal(fresh, found) and other.whole([fresh]) is not None


@pytest.mark.parametrize(
    "options",
    [{"prob": 2}, {"area": (0.4, 0.02)}, {"area": (0, 0.4)}, {"ratio": 0}, {"fill": (0, 0)}],
)
def test_wrong_options(options):
    with pytest.raises(InputError, match="RandomErasing"):
        RandomErasing(**options)
