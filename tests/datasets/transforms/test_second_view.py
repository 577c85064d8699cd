import numpy as np
import pytest

from plipdet.datasets import PersonDataset, collate
from plipdet.datasets.transforms import (
    LoadPersonImage,
    RandomErasing,
    RandomHorizontalFlip,
    RandomResizedPerson,
    SecondView,
)
from plipdet.errors import InputError
from plipdet.structures import PersonTable

SIZE = (32, 16)
VIEW = [dict(type=RandomResizedPerson, size=SIZE), dict(type=RandomErasing), 
        dict(type=RandomHorizontalFlip)]  # fmt: skip


@pytest.fixture
def dataset(tmp_path, save_image):
    rows = [{"image": f"{n}.png"} for n in range(64)]
    for n, row in enumerate(rows):
        save_image(tmp_path / row["image"], n, 48, 24)
    pipeline = [dict(type=LoadPersonImage), dict(type=SecondView, transforms=VIEW), *VIEW]
    return PersonDataset(PersonTable.from_rows(rows, tmp_path), pipeline)


def test_both_views_are_drawn_apart_and_reach_the_batch(dataset):
    keys = [(n, 3) for n in range(64)]
    batch = collate(dataset.__getitems__(keys))
    assert batch.images.shape == batch.second_images.shape == (64, 3, *SIZE)
    unequal = (batch.images != batch.second_images).flatten(1).any(dim=1)
    assert unequal.float().mean() > 0.95
    agree = (batch.flips == batch.second_flips).float().mean()
    assert 0.25 < agree < 0.75  # neither the same decision nor its opposite


def test_views_depend_on_seed_epoch_and_item_alone(dataset):
    once, alone = collate(dataset.__getitems__([(5, 1), (9, 1)])), collate([dataset[(9, 1)]])
    assert (once.second_images[1] == alone.second_images[0]).all()
    assert once.second_flips[1] == alone.second_flips[0]
    other = collate([dataset[(9, 2)]])
    assert (other.second_images != alone.second_images).any()


def test_the_first_view_is_what_it_was_without_a_stack():
    image = np.arange(48 * 24 * 3, dtype=np.uint8).reshape(48, 24, 3)
    rng = np.random.default_rng(0)
    step = SecondView([RandomErasing(prob=1.0)])
    before = image.copy()
    results = step({"img": image, "rng": rng})
    assert results["img"] is image and (image == before).all()
    assert (results["second_img"] != image).any() and results["second_flip"] is False


def test_no_transform_is_refused():
    with pytest.raises(InputError, match="both views would be the same"):
        SecondView([])
