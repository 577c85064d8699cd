import cv2
import numpy as np
import pytest

from plipdet.datasets.doctor.picture_checks import check_picture
from plipdet.datasets.stores import FileStore, ImageStore
from plipdet.errors import UnreadableImageError


class DeniedStore(ImageStore):
    """A store in which nothing may be read."""

    place = "nowhere"

    def read(self, name):
        raise UnreadableImageError("image x cannot be read: denied") from PermissionError(13)

    def has(self, name):
        return True

    def names(self, folder=""):
        return iter(())

    def where(self, name):
        return name


def codes(store, name):
    return [kind.code for kind, _ in check_picture(store, name).faults]


def test_a_picture_that_may_not_be_read_is_found():
    assert codes(DeniedStore(), "1.jpg") == ["no-permission"]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tiff"])
def test_good_pictures_of_all_formats_have_no_fault(tmp_path, suffix):
    image = np.random.default_rng(0).integers(0, 255, (96, 40, 3), dtype=np.uint8)
    assert cv2.imwrite(str(tmp_path / f"1{suffix}"), image)
    assert codes(FileStore(tmp_path), f"1{suffix}") == []


@pytest.mark.parametrize("length", [3, 60, 900])
def test_a_cut_picture_is_cut_wherever_it_ends(tmp_path, length):
    image = np.random.default_rng(0).integers(0, 255, (96, 40, 3), dtype=np.uint8)
    for suffix in (".jpg", ".png"):
        data = cv2.imencode(suffix, image)[1].tobytes()
        (tmp_path / f"1{suffix}").write_bytes(data[: max(length, 4)])
        assert codes(FileStore(tmp_path), f"1{suffix}") == ["image-cut-short"]


def test_colours_are_told_from_grays_in_a_corner(tmp_path):
    image = np.full((96, 40, 3), 128, np.uint8)
    image[50] = 10
    cv2.imwrite(str(tmp_path / "gray.png"), image)
    image[93, 37] = (0, 0, 255)  # between the few pixels that are looked at first
    cv2.imwrite(str(tmp_path / "colour.png"), image)
    assert codes(FileStore(tmp_path), "gray.png") == ["gray-image"]
    assert codes(FileStore(tmp_path), "colour.png") == []
