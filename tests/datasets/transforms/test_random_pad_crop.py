import numpy as np
import pytest

from plipdet.datasets.picture_stack import PictureStack
from plipdet.datasets.transforms import RandomPadCrop
from plipdet.errors import InputError


class Fixed:
    """A generator that has drawn this place."""

    def __init__(self, top, left):
        self.place = np.array([top, left])

    def integers(self, high, size):
        assert size == 2 and (self.place < high).all()
        return self.place


def picture():
    return np.arange(1, 25, dtype=np.uint8).reshape(4, 2, 3)


def moved(rng, image=None, **results):
    image = picture() if image is None else image
    return RandomPadCrop(2, fill=(7, 8, 9))({"img": image, "rng": rng, **results})["img"]


def test_the_middle_is_the_picture():
    assert np.array_equal(moved(Fixed(2, 2)), picture())


def test_moved_down_and_left_by_hand():
    found = moved(Fixed(1, 3))  # the cut begins a row above the picture and a column inside it
    assert found.shape == (4, 2, 3)
    assert (found[0] == (7, 8, 9)).all() and (found[:, 1] == (7, 8, 9)).all()
    assert np.array_equal(found[1:, 0], picture()[:3, 1])


def test_every_place_is_drawn_and_none_twice_as_often():
    rng = np.random.default_rng(0)
    image = np.zeros((4, 2, 3), np.uint8)
    image[2, 1] = 255
    step = RandomPadCrop(1)
    counts = {}
    for _ in range(1800):
        bright = tuple(np.argwhere(step({"img": image, "rng": rng})["img"][..., 0] == 255).ravel())
        counts[bright] = counts.get(bright, 0) + 1
    inside = [n for place, n in counts.items() if place]  # shown at three heights, two widths
    assert len(inside) == 6 and min(inside) > 140 and max(inside) < 260
    assert 500 < counts[()] < 700  # moved out at the right


def test_it_is_written_where_the_batch_is_made():
    stack = PictureStack(1)
    image = stack.place(0, (4, 2, 3))
    image[...] = picture()
    found = moved(Fixed(1, 3), image, stack=(stack, 0))
    assert np.array_equal(found, moved(Fixed(1, 3)))
    assert np.shares_memory(stack.whole([found]), found)


@pytest.mark.parametrize("options", [{"padding": -1}, {"fill": (1, 2)}, {"fill": (0, 0, 256)}])
def test_wrong_options(options):
    with pytest.raises(InputError, match="RandomPadCrop"):
        RandomPadCrop(**options)
