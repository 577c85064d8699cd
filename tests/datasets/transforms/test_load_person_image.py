import cv2
import numpy as np
import pytest

from plipdet.datasets.transforms import LoadPersonImage, ResizePerson
from plipdet.errors import InputError, UnreadableImageError
from plipdet.structures import PersonRow


def load(path, box=None, **arguments):
    row = PersonRow(path.name, box=box)
    return LoadPersonImage(**arguments)({"root": path.parent, "row": row})


@pytest.fixture
def picture(tmp_path):
    """Height 6, width 4, lossless: red grows with y, green with x, blue is 5."""
    y, x = np.mgrid[:6, :4]
    rgb = np.stack([y * 10, x * 20, np.full_like(x, 5)], axis=2).astype(np.uint8)
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), rgb[:, :, ::-1])
    return path, rgb


def test_rgb(picture):
    path, rgb = picture
    results = load(path)
    assert (results["img"] == rgb).all() and results["img"].dtype == np.uint8
    assert results["img_shape"] == (6, 4)


def test_gray_files_get_three_channels(tmp_path):
    cv2.imwrite(str(tmp_path / "g.png"), np.full((3, 2), 9, np.uint8))
    assert (load(tmp_path / "g.png")["img"] == np.full((3, 2, 3), 9)).all()


@pytest.mark.parametrize(
    ("box", "rows", "columns"),
    [
        ([1, 2, 3, 5], slice(2, 5), slice(1, 3)),
        ([1.4, 2.9, 2.1, 3.2], slice(2, 4), slice(1, 3)),
        ([-5, -1, 2, 99], slice(0, 6), slice(0, 2)),
    ],
)
def test_boxes_are_cut_out(picture, box, rows, columns):
    path, rgb = picture
    results = load(path, box)
    assert (results["img"] == rgb[rows, columns]).all()
    assert results["img_shape"] == rgb[rows, columns].shape[:2]


@pytest.mark.parametrize("box", [[4, 0, 9, 6], [2, 2, 2, 4], [-9, 0, -1, 6]])
def test_a_box_without_pixels_is_refused(picture, box):
    with pytest.raises(InputError, match=r"holds no pixel of .*a\.png, which is 4x6"):
        load(picture[0], box)


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"", "it is empty"), (b"hello", "it is no picture"), (None, "it is cut short")],
)
def test_unreadable_files_are_named(tmp_path, save_image, data, why):
    path = save_image(tmp_path / "b.jpg", height=64, width=32)
    path.write_bytes(path.read_bytes()[:-200] if data is None else data)
    with pytest.raises(UnreadableImageError, match=f"{path} cannot be read, {why}.*re-download"):
        load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UnreadableImageError, match=r"no image .*none\.jpg"):
        load(tmp_path / "none.jpg")


def smooth(height, width):
    """A picture without sharp edges, as the reduced decoding is to keep it."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    waves = [np.sin(9 * y + 3 * x), np.cos(7 * x - 4 * y), np.sin(5 * (x + y))]
    return (127.5 + 127.5 * np.stack(waves, axis=2)).astype(np.uint8)


def difference(a, b):
    return np.abs(a.astype(int) - b.astype(int)).mean()


@pytest.mark.parametrize("scale", [2, 2.5, 3, 4, 7])
def test_reduced_decoding_stays_near_the_full_one(tmp_path, scale):
    path = tmp_path / "big.jpg"
    image = smooth(int(64 * scale), int(32 * scale))
    cv2.imwrite(str(path), image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
    resize = ResizePerson((64, 32))
    reduced = load(path, min_size=(64, 32))
    assert 64 <= reduced["img_shape"][0] <= 32 * scale * 1.5
    assert min(reduced["img"].shape[0] / 64, reduced["img"].shape[1] / 32) >= 1
    full = load(path)
    assert full["img_shape"] == image.shape[:2]
    assert difference(resize(reduced)["img"], resize(full)["img"]) < 1.0


def test_what_is_not_twice_as_large_is_decoded_in_full(tmp_path, save_image):
    path = save_image(tmp_path / "a.jpg", height=127, width=64)
    assert (load(path, min_size=(64, 32))["img"] == load(path)["img"]).all()


@pytest.mark.parametrize("box", [[40, 60, 296, 572], [3.5, 100.2, 200.1, 480.9]])
def test_boxes_are_scaled_with_the_picture(tmp_path, box):
    path = tmp_path / "scene.jpg"
    cv2.imwrite(str(path), smooth(720, 400)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
    resize = ResizePerson((64, 32))
    reduced, full = load(path, box, min_size=(64, 32)), load(path, box)
    assert reduced["img_shape"][0] < 0.6 * full["img_shape"][0]
    assert reduced["img_shape"][0] >= 64 and reduced["img_shape"][1] >= 32
    assert difference(resize(reduced)["img"], resize(full)["img"]) < 3.0


def test_a_wrong_min_size():
    with pytest.raises(InputError, match="min_size = 256"):
        LoadPersonImage(min_size=256)
    with pytest.raises(InputError, match=r"min_size = \(0, 4\)"):
        LoadPersonImage(min_size=(0, 4))
