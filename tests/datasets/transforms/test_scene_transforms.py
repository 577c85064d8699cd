"""Pictures of scenes and the boxes in them, step by step."""

import cv2
import numpy as np
import pytest

from plipdet.datasets.stores import FileStore
from plipdet.datasets.transforms import (
    LoadScene,
    RandomFlipScene,
    ResizeScene,
    TokenizeBoxCaptions,
)
from plipdet.errors import InputError, UnreadableImageError
from plipdet.structures import PersonRow, Scene


def scene(image="a.png"):
    return Scene(image, None, "train", np.zeros((0, 4), np.float32), range(0, 1))


def boxes(*rows):
    return np.array(rows, np.float32).reshape(-1, 4)


@pytest.fixture
def results(tmp_path, save_image):
    save_image(tmp_path / "a.png", height=40, width=60)
    return {"scene": scene(), "images": FileStore(tmp_path), "boxes": boxes((10, 5, 20, 35))}


def test_a_scene_is_read_whole_and_its_boxes_are_clipped(tmp_path, results):
    results["boxes"] = boxes((-3, 5, 20, 45), (50, 0, 70, 40), (0, 0, 60, 40))
    found = LoadScene()(results)
    pixels = cv2.imread(str(tmp_path / "a.png"))[..., ::-1]
    np.testing.assert_array_equal(found["img"], pixels)
    assert found["boxes"].tolist() == [[0, 5, 20, 40], [50, 0, 60, 40], [0, 0, 60, 40]]
    assert found["original_shape"] == found["img_shape"] == (40, 60)


@pytest.mark.parametrize("box", [(60, 0, 70, 40), (0, 41, 9, 50), (5, 5, 5, 9)])
def test_a_picture_smaller_than_its_boxes_is_an_error(results, box):
    results["boxes"] = boxes((10, 5, 20, 35), box)
    with pytest.raises(InputError, match=r"holds no pixel of .*a\.png, which is 60x40"):
        LoadScene()(results)


def test_a_missing_scene_is_an_unreadable_image(results):
    with pytest.raises(UnreadableImageError, match=r"no image .*b\.png"):
        LoadScene()({**results, "scene": scene("b.png")})


def test_scenes_without_people_have_no_boxes(results):
    results["boxes"] = boxes()
    for step in (LoadScene(), ResizeScene((20, 60)), RandomFlipScene(1.0)):
        results = step({**results, "rng": np.random.default_rng(0)})
    assert results["boxes"].shape == (0, 4) and results["img"].shape == (20, 30, 3)


@pytest.mark.parametrize(
    ("sides", "size", "wanted"),
    [
        ((1080, 1920), (900, 1500), (844, 1500)),  # the longer side decides
        ((600, 800), (900, 1500), (900, 1200)),
        ((800, 600), (900, 1500), (1200, 900)),
        ((900, 1500), (900, 1500), (900, 1500)),
        ((1, 3000), (900, 1500), (1, 1500)),
    ],
)
def test_the_shorter_side_is_as_asked_unless_the_longer_would_be_too_long(sides, size, wanted):
    results = {"img": np.zeros((*sides, 3), np.uint8), "boxes": boxes((0, 0, *sides[::-1]))}
    found = ResizeScene(size)(results)
    assert found["img"].shape[:2] == found["img_shape"] == wanted
    np.testing.assert_allclose(found["boxes"], [[0, 0, wanted[1], wanted[0]]], rtol=1e-6)


def test_a_smaller_scene_is_the_mean_of_what_its_pixels_stand_for():
    image = np.random.default_rng(0).integers(0, 256, (8, 12, 3), dtype=np.uint8)
    found = ResizeScene((4, 6))({"img": image, "boxes": boxes()})["img"]
    mean = image.reshape(4, 2, 6, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(found, mean, atol=0.51)


def test_people_are_where_they_were_after_resizing_and_mirroring():
    image = np.zeros((30, 50, 3), np.uint8)
    image[10:20, 5:15] = 200
    results = {"img": image, "boxes": boxes((5, 10, 15, 20)), "rng": np.random.default_rng(0)}
    for step in (ResizeScene((60, 100)), RandomFlipScene(1.0)):
        results = step(results)
    left, top, right, bottom = results["boxes"][0].astype(int)
    assert (left, top, right, bottom) == (70, 20, 90, 40) and results["flip"]
    inside = results["img"][top + 1 : bottom - 1, left + 1 : right - 1]
    assert inside.min() > 150 and results["img"].sum() < 1.3 * 3 * 200 * 400


def test_half_of_the_scenes_are_mirrored():
    rng = np.random.default_rng(0)
    step, image = RandomFlipScene(0.5), np.zeros((2, 2, 3), np.uint8)
    drawn = [step({"img": image, "boxes": boxes(), "rng": rng}).get("flip") for _ in range(400)]
    assert 150 < drawn.count(True) < 250
    results = {"img": image, "boxes": boxes(), "rng": rng}
    assert RandomFlipScene(1.0)(RandomFlipScene(1.0)(results))["flip"] is False


def test_each_known_person_gets_one_of_their_sentences(word_tokenizer):
    people = [
        PersonRow("a", person_id=1, captions=["a bb", "ccc"]),
        PersonRow("a", person_id=None, captions=["of nobody known"]),
        None,
        PersonRow("a", person_id=2),
    ]
    step, seen = TokenizeBoxCaptions(word_tokenizer), set()
    for seed in range(20):
        found = step({"people": people, "rng": np.random.default_rng(seed)})
        first, *others = (ids.tolist() for ids in found["box_tokens"])
        assert others == [[], [], []] and found["pad_id"] == word_tokenizer.pad_id
        assert [len(mask) for mask in found["box_token_masks"]] == [len(first), 0, 0, 0]
        seen.add(tuple(first))
    assert seen == {(1, 2), (3,)}


@pytest.mark.parametrize(
    ("step", "options", "says"),
    [
        (ResizeScene, {"size": (900,)}, r"size = \(900,\) of ResizeScene"),
        (ResizeScene, {"size": (1500, 900)}, r"size = \(1500, 900\)"),
        (RandomFlipScene, {"prob": 1.5}, r"prob = 1\.5 of RandomFlipScene"),
    ],
)
def test_settings_without_meaning_are_refused(step, options, says):
    with pytest.raises(InputError, match=says):
        step(**options)
