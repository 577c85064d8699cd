"""PictureDataset: pictures from anywhere, resized to what a model reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from torch.utils.data import Dataset

from plipdet.datasets.stores import FileStore
from plipdet.datasets.transforms import ResizePerson
from plipdet.datasets.transforms.decode_image import decode_image
from plipdet.errors import InputError, UnreadableImageError

from .picture_files import picture_files

_EXPECTED = "expected RGB uint8, 0..255, shape (H, W, 3)"


@dataclass(slots=True, frozen=True)
class Picture:
    """One of many: its place, and its pixels (H, W, 3), or else why it cannot be read."""

    index: int
    pixels: np.ndarray | None
    problem: str = ""


class PictureDataset(Dataset):
    """Files, arrays and PIL images, each decoded and resized when asked for.

    Args:
        pictures: A file; a folder; an array, RGB uint8 of shape (H, W, 3) or (N, H, W, 3); a PIL
            image; or a sequence of such, folders aside. Arrays are checked at once.
        resize: Of the model's inputs.
        skip: Whether one that cannot be read is told of, in place of an error.

    Raises:
        InputError: If there is none, or one is of another kind.
    """

    def __init__(self, pictures: Any, resize: ResizePerson, *, skip: bool = False) -> None:
        self.pictures = _as_sequence(pictures)
        self.resize = resize
        self.skip = skip
        if not len(self.pictures):
            raise InputError("there are no pictures to embed")
        for index, picture in enumerate(self.pictures):
            _check(picture, index)

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> Picture:
        """Return a picture of the model's size.

        Raises:
            UnreadableImageError: If it cannot be read and is not to be skipped.
        """
        try:
            pixels = _pixels(self.pictures[index], index)
        except UnreadableImageError as error:
            if not self.skip:
                raise
            return Picture(index, None, str(error))
        return Picture(index, self.resize({"img": pixels})["img"])  # type: ignore[index]


def _as_sequence(pictures: Any) -> Sequence[Any]:
    if isinstance(pictures, (str, Path)):
        if not Path(pictures).exists():
            raise InputError(f"there is no file or folder {pictures}")
        return picture_files(pictures) if Path(pictures).is_dir() else [pictures]
    if isinstance(pictures, Image.Image):
        return [pictures]
    if isinstance(pictures, np.ndarray) and pictures.ndim != 4:
        return [pictures]
    if isinstance(pictures, np.ndarray) or hasattr(pictures, "__getitem__"):
        return pictures
    return list(pictures)


def _check(picture: Any, index: int) -> None:
    if isinstance(picture, (str, Path, Image.Image)):
        return
    if not isinstance(picture, np.ndarray):
        raise InputError(
            f"picture {index} is a {type(picture).__name__}; expected a file, a NumPy array or a "
            "PIL image"
        )
    what = f"picture {index} is {picture.dtype} of shape {picture.shape}; {_EXPECTED}"
    if picture.dtype != np.uint8:
        raise InputError(f"{what}: (255 * x).round().astype('uint8') where x is 0..1")
    if picture.ndim != 3 or picture.shape[2] != 3:
        raise InputError(f"{what}{_mend(picture.shape)}")
    if 0 in picture.shape:
        raise InputError(f"{what}, and not empty")


def _mend(shape: tuple[int, ...]) -> str:
    if len(shape) == 2 or shape[2:] == (1,):
        return ": a gray one becomes that with np.dstack([x, x, x])"
    if shape[2:] == (4,):
        return ": x[..., :3] drops transparency"
    return ": x.transpose(1, 2, 0) moves the channels last" if shape[0] == 3 else ""


def _pixels(picture: Any, index: int) -> np.ndarray:
    if isinstance(picture, np.ndarray):
        return picture
    if isinstance(picture, Image.Image):
        try:
            return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))
        except (OSError, SyntaxError, ValueError) as error:
            raise UnreadableImageError(f"picture {index} cannot be read: {error}") from error
    path = Path(picture).absolute()
    return decode_image(FileStore(path.parent).read(path.name), where=str(picture))[0]
