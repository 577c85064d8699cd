import numpy as np
import pytest
from PIL import Image

from plipdet.apis.picture_dataset import PictureDataset
from plipdet.apis.picture_files import picture_files
from plipdet.datasets.transforms import ResizePerson
from plipdet.datasets.transforms.decode_image import decode_image
from plipdet.errors import InputError

RESIZE = ResizePerson((8, 4))
GOOD = np.zeros((6, 5, 3), np.uint8)


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (GOOD / 255.0, r"picture 1 is float64 of shape \(6, 5, 3\).*astype\('uint8'\)"),
        (GOOD[..., 0], "a gray one becomes that with np.dstack"),
        (GOOD[..., :1], "np.dstack"),
        (np.zeros((6, 5, 4), np.uint8), "drops transparency"),
        (GOOD.transpose(2, 0, 1), "moves the channels last"),
        (GOOD[:0], "not empty"),
        (GOOD[None], r"shape \(1, 6, 5, 3\)"),
        (7, "picture 1 is a int; expected a file, a NumPy array or a PIL image"),
    ],
)
def test_each_wrong_picture_is_named(picture, message):
    with pytest.raises(InputError, match=message):
        PictureDataset([GOOD, picture], RESIZE)


def test_nothing_to_embed_is_refused(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(InputError, match="no pictures to embed"):
        PictureDataset([], RESIZE)
    with pytest.raises(InputError, match="have no pictures: no file ends in"):
        PictureDataset(tmp_path, RESIZE)
    with pytest.raises(InputError, match=r"no file or folder .*photoz"):
        PictureDataset(str(tmp_path / "photoz"), RESIZE)
    with pytest.raises(InputError, match="there is no folder"):
        picture_files(tmp_path / "photoz")


def test_folders_are_searched_in_order(tmp_path):
    for name in ("b.png", "a/z.JPG", "a/b/c.webp", ".hidden.png", "a/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    names = [p.relative_to(tmp_path).as_posix() for p in picture_files(tmp_path)]
    assert names == ["a/b/c.webp", "a/z.JPG", "b.png"]


def test_a_pil_image_is_turned_as_the_file_is(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (8, 4, 3), dtype=np.uint8)
    image, exif = Image.fromarray(pixels), Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "sideways.jpg", exif=exif, quality=95)
    upright, _ = decode_image((tmp_path / "sideways.jpg").read_bytes(), where="")
    opened = Image.open(tmp_path / "sideways.jpg")
    (shown,) = PictureDataset(opened, ResizePerson(upright.shape[:2]))
    assert np.array_equal(shown.pixels, upright) and upright.shape == (4, 8, 3)
