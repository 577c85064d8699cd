import numpy as np
import pytest
from PIL import Image

from plipdet.errors import InputError
from plipdet.visualization import open_picture, save_png
from plipdet.visualization.drawing import column, fitted, framed, grid, row

RED = (200, 0, 0)


def block(width, height, color=RED):
    return Image.new("RGB", (width, height), color)


def test_fitted_keeps_the_aspect_and_centres():
    pixels = np.asarray(fitted(block(10, 40), 40, 40))
    red = (pixels == RED).all(axis=2)
    assert red.sum() == 10 * 40
    assert np.flatnonzero(red.any(axis=0)).tolist() == list(range(15, 25))


def test_rows_columns_and_grids_add_up():
    parts = [block(10, 20), block(30, 5), block(4, 4)]
    assert row(parts, gap=2).size == (48, 20)
    assert column(parts, gap=2).size == (30, 33)
    assert grid(parts, columns=2, gap=2).size == (62, 26)


def test_an_array_is_drawn_as_rgb():
    array = np.zeros((4, 3, 3), np.uint8)
    array[..., 0] = 200
    assert framed(array, (0, 9, 0), width=1).getpixel((1, 1)) == RED


def test_png_round_trip_and_wrong_names(tmp_path):
    path = save_png(block(3, 4), tmp_path / "new" / "a.png")
    assert open_picture(path).getpixel((0, 0)) == RED
    assert [p.name for p in path.parent.iterdir()] == ["a.png"]
    with pytest.raises(InputError, match=r"ends in \.png"):
        save_png(block(3, 4), tmp_path / "a.jpg")


def test_unreadable_pictures_are_named(tmp_path):
    with pytest.raises(InputError, match="there is no picture"):
        open_picture(tmp_path / "none.png")
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(InputError, match=r"text\.png is no readable picture"):
        open_picture(tmp_path / "text.png")
