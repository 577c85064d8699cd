import cv2
import numpy as np
import pytest

from plipdet.datasets.transforms import LoadPersonImage
from plipdet.errors import InputError
from plipdet.structures import PersonRow


def load(path, box=None):
    return LoadPersonImage()({"root": path.parent, "row": PersonRow(path.name, box=box)})


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
    assert results["img_path"] == path and results["img_shape"] == (6, 4)


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
    with pytest.raises(InputError, match=f"{path} cannot be read, {why}; re-download or delete it"):
        load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no image .*none\.jpg"):
        load(tmp_path / "none.jpg")
