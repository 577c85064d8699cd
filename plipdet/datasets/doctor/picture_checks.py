"""What may be wrong with one picture file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from plipdet.datasets.stores import ImageStore
from plipdet.datasets.transforms.decode_image import decode_image
from plipdet.errors import UnreadableImageError

from .finding_kind import FindingKind, error, note, warning
from .folder_walk import NO_PERMISSION

EMPTY_IMAGE = error(
    "empty-image", "a picture's file is empty", "download it again, or remove its record"
)
LFS_POINTER = error(
    "lfs-pointer", "a Git-LFS pointer lies in a picture's place", "git lfs install && git lfs pull"
)
NOT_A_PICTURE = error(
    "not-a-picture",
    "a file with a picture's name is no picture",
    "download it again: a web page or message was saved in its place",
)
IMAGE_CUT_SHORT = error(
    "image-cut-short",
    "a picture's file ends in the middle",
    "download it again, or remove its record",
)
DAMAGED_IMAGE = error(
    "damaged-image", "a picture does not decode", "download it again, or remove its record"
)
OTHER_FORMAT = note(
    "format-against-name",
    "a picture's format is not what its name says",
    "nothing here; rename or convert it for other programs",
)
TINY = warning(
    "tiny-image",
    "a picture is lower than 32 or narrower than 16 px",
    "remove its record: it shows next to nothing",
)
HUGE = warning(
    "huge-image",
    "a picture is larger than 2048 px",
    "crop the person out, and scale down: loading will be slow",
)
WIDE = note(
    "wide-image",
    "a picture is wider than tall, which few crops of a standing person are",
    "nothing, or crop the person more closely",
)
GRAY = note(
    "gray-image",
    "a picture has no colour",
    "nothing, or remove it: it teaches colorization to leave people gray",
)
BLANK = warning(
    "blank-image", "a picture is of one colour throughout", "remove its record: it shows nobody"
)

_FORMATS = {
    b"\xff\xd8\xff": (".jpg", ".jpeg"),
    b"\x89PNG": (".png",),
    b"GIF8": (".gif",),
    b"BM": (".bmp",),
    b"II*\x00": (".tif", ".tiff"),
    b"MM\x00*": (".tif", ".tiff"),
}
_LFS = b"version https://git-lfs"
_JPEG_END, _PNG_END = b"\xff\xd9", b"IEND"
_END = 64  # bytes in which the end of a picture is looked for
_LOWEST, _NARROWEST, _LARGEST = 32, 16, 2048  # px
_EQUAL = 2  # steps of 255


@dataclass(slots=True)
class PictureReport:
    """What was found in one picture.

    Args:
        faults: Kinds and what is special about each.
        content: The encoded bytes, ``None`` where there are none to compare.
    """

    faults: list[tuple[FindingKind, str]] = field(default_factory=list)
    content: bytes | None = None


def check_picture(store: ImageStore, name: str) -> PictureReport:
    """Read and decode a picture as training does, and report what is wrong with it."""
    report = PictureReport()
    try:
        data = store.read(name)
    except UnreadableImageError as problem:
        denied = isinstance(problem.__cause__, PermissionError)
        report.faults.append((NO_PERMISSION if denied else DAMAGED_IMAGE, _reason(problem)))
        return report
    if not data:
        report.faults.append((EMPTY_IMAGE, ""))
        return report
    if data.startswith(_LFS):
        report.faults.append((LFS_POINTER, ""))
        return report
    report.content = data
    suffixes = _suffixes(data)
    if suffixes and not name.lower().endswith(suffixes):
        report.faults.append((OTHER_FORMAT, f"it is a {suffixes[0][1:]}"))
    try:
        image, (height, width) = decode_image(data, where=name)
    except UnreadableImageError as problem:
        report.content = None
        report.faults.append(_break(data, suffixes, problem))
        return report
    report.faults += [(kind, f"{height}x{width} px (HxW)") for kind in _odd_sizes(height, width)]
    report.faults += [(kind, "") for kind in _odd_colours(image)]
    return report


def _suffixes(data: bytes) -> tuple[str, ...]:
    """Return the endings that a file of this content may have, none for no picture."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return (".webp",)
    return next((names for start, names in _FORMATS.items() if data.startswith(start)), ())


def _break(
    data: bytes, suffixes: tuple[str, ...], problem: UnreadableImageError
) -> tuple[FindingKind, str]:
    if not suffixes:
        start = data[:256].lstrip()
        page = start[:1] == b"<"
        return NOT_A_PICTURE, f"{'a web page' if page else 'it'} starts with {start[:24]!r}"
    end = data[-_END:]
    whole = {".jpg": _JPEG_END, ".png": _PNG_END}.get(suffixes[0])
    if whole is not None and whole not in end:
        return IMAGE_CUT_SHORT, ""
    return DAMAGED_IMAGE, _reason(problem)


def _reason(problem: UnreadableImageError) -> str:
    return str(problem).partition("cannot be read")[2].lstrip(",: ").partition(";")[0]


def _odd_sizes(height: int, width: int) -> Iterator[FindingKind]:
    if height < _LOWEST or width < _NARROWEST:
        yield TINY
    if max(height, width) > _LARGEST:
        yield HUGE
    if width > height:
        yield WIDE


def _odd_colours(image: np.ndarray) -> Iterator[FindingKind]:
    if _is_gray(image[::8, ::8]) and _is_gray(image):  # the few pixels settle nearly all
        blank = int(image.max()) - int(image.min()) <= _EQUAL
    else:
        blank = bool((np.ptp(image[::8, ::8], axis=(0, 1)) <= _EQUAL).all()) and bool(
            (np.ptp(image, axis=(0, 1)) <= _EQUAL).all()
        )
        if not blank:
            return
    yield BLANK if blank else GRAY


def _is_gray(image: np.ndarray) -> bool:
    first = image[..., :1]
    return bool((image[..., 1:] == first).all())
