import cv2
import numpy as np
import pytest
import torch

from plipdet.datasets.transforms.resize_person import INTERPOLATIONS as OPENCV
from plipdet.functional.resizing import INTERPOLATIONS, resize, resize_matrix

SIZES = [(128, 64), (177, 73), (300, 120), (50, 20), (64, 32), (1, 1), (31, 200)]
ROUNDS_BETWEEN = cv2.__version__.startswith("4.")


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_pixels_are_opencv_s(interpolation, size):
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    expected = cv2.resize(pixels, (32, 64), interpolation=OPENCV[interpolation])
    images = torch.from_numpy(pixels).permute(2, 0, 1)[None].float()
    ours = resize(images, (64, 32), interpolation=interpolation)[0].permute(1, 2, 0).numpy()
    difference = np.abs(ours - expected)
    exact = interpolation in ("nearest", "bicubic") and not ROUNDS_BETWEEN
    assert difference.max() <= 1
    assert not exact or (difference > 0).mean() < 0.001


def test_matrices_by_hand():
    halves = resize_matrix(4, 2, "bilinear")
    assert halves.tolist() == [[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]]
    doubled = resize_matrix(2, 4, "bilinear")  # borders continue the last pixel
    assert doubled.tolist() == [[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]]
    assert resize_matrix(5, 2, "nearest").tolist() == [[1, 0, 0, 0, 0], [0, 0, 1, 0, 0]]
    # Keys' kernel with a = -0.75, half way between four pixels
    torch.testing.assert_close(
        resize_matrix(8, 4, "bicubic")[1], torch.tensor([0, -3, 19, 19, -3, 0, 0, 0]) / 32
    )


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_weights_sum_to_one_and_nothing_changes_at_the_same_size(interpolation):
    for source in (1, 7, 40, 333):
        sums = resize_matrix(source, 24, interpolation).sum(dim=1)
        torch.testing.assert_close(sums, torch.ones(24))
    torch.testing.assert_close(resize_matrix(24, 24, interpolation), torch.eye(24))
