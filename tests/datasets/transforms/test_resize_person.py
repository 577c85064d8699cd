import numpy as np
import pytest

from plipdet.datasets.transforms import ResizePerson
from plipdet.errors import InputError


def test_size_is_height_then_width():
    results = ResizePerson((6, 2))({"img": np.zeros((3, 3, 3), np.uint8)})
    assert results["img"].shape == (6, 2, 3) and results["img_shape"] == (6, 2)


def test_bicubic_twice_the_width_by_hand():
    """Keys' kernel with a = -0.75 (cv2's): weights at 1/4 px are (-27, 225, 67, -9) / 256."""
    line = np.array([10, 20, 60, 200, 90, 40], np.uint8)
    image = np.repeat(line[None, :, None], 3, axis=2)
    out = ResizePerson((1, 12))({"img": image})["img"][0, :, 0]
    weights = np.array([-27, 225, 67, -9]) / 256  # of px 1..4 at output column 5, px 2.25
    assert abs(float(out[5]) - weights @ line[1:5]) <= 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"size": (256,)}, "height, width"),
        ({"size": (0, 4)}, "height, width"),
        ({"interpolation": "cubic"}, "did you mean 'bicubic'"),
    ],
)
def test_wrong_arguments(arguments, says):
    with pytest.raises(InputError, match=says):
        ResizePerson(**arguments)
