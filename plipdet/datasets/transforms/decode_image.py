"""decode_image: from an encoded picture to its pixels, or to a reason why not."""

from __future__ import annotations

import io
import math

import cv2
import numpy as np
import simplejpeg
from PIL import Image

from plipdet.errors import UnreadableImageError

Size = tuple[int, int]
_JPEG = b"\xff\xd8\xff"
_UNKNOWN = True, None  # what a header says that is not read
_EXIF = b"Exif\x00\x00"
_EXIF_WITHIN = 65_536  # B: metadata of a camera come first
_ORIENTATION = 0x0112
_APP1, _START_OF_SCAN = 0xE1, 0xDA  # markers of JPEG, each behind 0xFF
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # those that tell the size
_WITHOUT_LENGTH = {0x00, 0x01, 0xFF, *range(0xD0, 0xDA)}
_SIDEWAYS = 5  # orientations from here on swap height and width


def decode_image(
    data: bytes, *, where: str, min_size: Size | None = None, box: list[float] | None = None
) -> tuple[np.ndarray, Size]:
    """Return the pixels of a picture, upright, and the size of the whole picture.

    JPEGs go through libjpeg-turbo, strictly: where it would have to make up pixels, as of a file
    that is cut short, there is an error. With ``min_size``, one of more than twice that size is
    decoded at a half, a quarter or another fraction of its size, several times faster; each pixel
    is then nearly the mean of those that it stands for. Gray and CMYK become RGB, 16 bits become
    8, transparency is dropped, and the orientation that a camera noted is applied, so boxes
    count in the upright picture.

    Args:
        data: The encoded bytes: JPEG, or anything that OpenCV decodes.
        where: Where they come from, for the message.
        min_size: Height and width in px that suffice for what comes next; ``None`` for all.
        box: The part that is to have ``min_size``, xyxy, px of the whole picture; ``None`` for
            the whole.

    Returns:
        RGB uint8 (H, W, 3), and (height, width) of the picture before any reduction.

    Raises:
        UnreadableImageError: If the picture is empty, cut short, corrupt or none.
    """
    if not data.startswith(_JPEG):
        image = _decode_other(data, where)
        return image, image.shape[:2]
    has_metadata, size = _header(data)
    orientation = _orientation(data) if has_metadata else 1
    try:
        if min_size is None:
            image = simplejpeg.decode_jpeg(data)
            whole = image.shape[:2]
        else:
            sideways = orientation >= _SIDEWAYS
            whole = size or simplejpeg.decode_jpeg_header(data)[:2]
            image = _decode_reduced(data, whole, min_size, box, sideways=sideways)
    except ValueError as error:
        raise _unreadable(where, f"it is cut short or corrupt ({error})") from error
    if orientation == 1:
        return image, whole
    return _upright(image, orientation), whole[::-1] if orientation >= _SIDEWAYS else whole


def _decode_reduced(
    data: bytes, size: Size, min_size: Size, box: list[float] | None, *, sideways: bool
) -> np.ndarray:
    """Return the pixels at a fraction of the whole size that leaves ``min_size``."""
    height, width = size
    least_height, least_width = min_size
    if box is not None:
        whole = (width, height) if sideways else (height, width)
        least_height = math.ceil(least_height * whole[0] / max(1.0, box[3] - box[1]))
        least_width = math.ceil(least_width * whole[1] / max(1.0, box[2] - box[0]))
    if sideways:
        least_height, least_width = least_width, least_height
    if height < 2 * least_height or width < 2 * least_width:
        return simplejpeg.decode_jpeg(data)
    return simplejpeg.decode_jpeg(
        data, min_height=least_height, min_width=least_width, min_factor=2
    )


def _decode_other(data: bytes, where: str) -> np.ndarray:
    if not data:
        raise _unreadable(where, "it is empty")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None:
        raise _unreadable(where, "it is no picture, or cut short or corrupt")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _header(data: bytes) -> tuple[bool, Size | None]:
    """Return whether a JPEG may have a camera's metadata, and its height and width.

    A walk from marker to marker up to the pixels is faster than a search of all bytes, and than
    asking the decoder. Where it fails, the size is ``None``.
    """
    at, size, has_metadata = 2, None, False
    try:
        while data[at] == 0xFF:
            marker = data[at + 1]
            if marker == _START_OF_SCAN:
                return (has_metadata, size) if size and all(size) else _UNKNOWN
            if marker in _FRAMES:
                size = data[at + 5] << 8 | data[at + 6], data[at + 7] << 8 | data[at + 8]
            elif marker in _WITHOUT_LENGTH:
                break
            elif marker == _APP1 and data.startswith(_EXIF, at + 4):
                has_metadata = True
            at += 2 + (data[at + 2] << 8 | data[at + 3])
    except IndexError:  # cut short
        pass
    return _UNKNOWN


def _orientation(data: bytes) -> int:
    """Return EXIF's number of how the camera was held, 1 where it says nothing."""
    if data.find(_EXIF, 0, _EXIF_WITHIN) < 0:
        return 1
    try:
        found = Image.open(io.BytesIO(data)).getexif().get(_ORIENTATION, 1)
    except (OSError, SyntaxError, ValueError):  # metadata that are wrong say nothing
        return 1
    return found if found in range(1, 9) else 1


def _upright(image: np.ndarray, orientation: int) -> np.ndarray:
    """Return the picture as the camera's user saw it."""
    if orientation >= _SIDEWAYS:
        image = image.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)


def _unreadable(where: str, why: str) -> UnreadableImageError:
    return UnreadableImageError(
        f"image {where} cannot be read, {why}; re-download or delete it, and remove its record "
        "from the annotation when deleted"
    )
