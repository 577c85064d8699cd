import colorsys

import numpy as np
import pytest

from plipdet.errors import InputError
from plipdet.evaluation.stripe_histogram import stripe_histogram


def slow_feature(image, stripes):
    """Hellinger features from the definition, one pixel at a time, with Python's own HSV."""
    histograms = []
    for part in np.array_split(image, stripes):
        counts = {}
        for red, green, blue in part.reshape(-1, 3) / 255:
            h, s, v = colorsys.rgb_to_hsv(red, green, blue)
            key = (int(h * 8) % 8, min(int(s * 255 / 64), 3), min(int(v * 255 / 64), 3))
            counts[key] = counts.get(key, 0) + 1
        histograms.append({k: n / (part.shape[0] * part.shape[1]) for k, n in counts.items()})
    return histograms


def test_dot_product_is_the_mean_bhattacharyya_coefficient():
    # Colours in the middle of their bins, where OpenCV's rounding of hue does not matter.
    palette = np.array(
        [[10, 10, 10], [250, 40, 80], [40, 90, 250], [200, 200, 200], [40, 220, 40]], np.uint8
    )
    rng = np.random.default_rng(0)
    images = [palette[rng.integers(0, 5, (12, 4))] for _ in range(2)]
    first, second = (slow_feature(image, 3) for image in images)
    expected = np.mean(
        [sum(np.sqrt(a[k] * b.get(k, 0)) for k in a) for a, b in zip(first, second, strict=True)]
    )
    ours = [stripe_histogram(image, stripes=3) for image in images]
    assert ours[0].shape == (3 * 128,)
    assert float(ours[0] @ ours[1]) == pytest.approx(expected, abs=1e-6)


def test_unit_length_for_any_height():
    image = np.random.default_rng(1).integers(0, 256, (29, 7, 3), dtype=np.uint8)
    assert np.linalg.norm(stripe_histogram(image)) == pytest.approx(1, abs=1e-6)


def test_stripes_tell_shirt_from_trousers():
    red, blue = np.array([200, 20, 20], np.uint8), np.array([20, 20, 200], np.uint8)
    image = np.empty((16, 8, 3), np.uint8)
    image[:8], image[8:] = red, blue
    upside_down = image[::-1].copy()
    assert stripe_histogram(image) @ stripe_histogram(upside_down) == pytest.approx(0)
    assert stripe_histogram(image, stripes=1) @ stripe_histogram(
        upside_down, stripes=1
    ) == pytest.approx(1)


def test_wrong_pictures_are_refused():
    with pytest.raises(InputError, match="RGB uint8"):
        stripe_histogram(np.zeros((8, 8), np.uint8))
    with pytest.raises(InputError, match="4 px high"):
        stripe_histogram(np.zeros((4, 8, 3), np.uint8))
