import numpy as np
import pytest

from plipdet.datasets.transforms import RandomResizedPerson, ResizePerson
from plipdet.errors import InputError

HEIGHT, WIDTH = 120, 50


def places():
    """A picture whose pixels say where they are: row in R, column in G."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[..., 0] = np.arange(HEIGHT)[:, None]
    image[..., 1] = np.arange(WIDTH)
    return image


def cut(seed, **options):
    step = RandomResizedPerson((64, 32), interpolation="nearest", **options)
    return step({"img": places(), "rng": np.random.default_rng(seed)})


def test_parts_have_the_area_and_ratio_asked_for():
    areas, ratios, tops = [], [], set()
    for seed in range(300):
        results = cut(seed, area=(0.5, 0.9), ratio=(2.0, 2.6))
        image = results["img"].astype(int)
        assert image.shape == (64, 32, 3) and results["img_shape"] == (64, 32)
        rows, columns = np.ptp(image[..., 0]) + 1, np.ptp(image[..., 1]) + 1
        areas.append(rows * columns / (HEIGHT * WIDTH))
        ratios.append(rows / columns)
        tops.add(int(image[0, 0, 0]))
    assert 0.45 < min(areas) < 0.55 and 0.8 < max(areas) < 0.93  # sides are whole px
    assert 1.85 < min(ratios) < 2.15 and 2.4 < max(ratios) < 2.75
    assert len(tops) > 20


def test_where_no_part_fits_the_whole_is_taken():
    results = cut(0, area=(0.9, 1.0), ratio=(9.0, 9.5))
    whole = ResizePerson((64, 32), interpolation="nearest")({"img": places()})["img"]
    np.testing.assert_array_equal(results["img"], whole)


def test_it_draws_from_the_samples_generator_alone():
    assert (cut(4)["img"] == cut(4)["img"]).all() and (cut(4)["img"] != cut(5)["img"]).any()


@pytest.mark.parametrize(
    "options", [{"area": (0, 1)}, {"area": (0.5, 1.1)}, {"ratio": (3, 2)}, {"ratio": (0, 2)}]
)
def test_wrong_ranges_are_refused(options):
    with pytest.raises(InputError, match=f"{next(iter(options))} = "):
        RandomResizedPerson(**options)
