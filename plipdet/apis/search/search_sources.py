"""search_sources: the pictures and videos that a user names."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from plipdet.errors import InputError, near

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
VIDEOS = (".mp4", ".avi", ".mkv", ".mov", ".m4v", ".webm", ".mpg", ".mpeg", ".264", ".h264", ".ts")


class SearchSource(NamedTuple):
    """A file to index.

    Attributes:
        path: Absolute.
        video: Whether it is a video.
    """

    path: str
    video: bool


def search_sources(places: Iterable[str | Path]) -> list[SearchSource]:
    """Return the pictures and videos among files, and in folders with all in them, sorted.

    What is hidden in a folder is left out, and files that end otherwise; see ``PICTURES`` and
    ``VIDEOS``.

    Raises:
        InputError: If a place is not there, a file is neither, or there is none at all.
    """
    named = [Path(place).expanduser() for place in places]
    found = {path for place in named for path in _files(place)}
    if not found:
        raise InputError(
            f"there is no picture or video in {', '.join(map(str, named)) or 'nothing'}: no file "
            f"ends in {', '.join(PICTURES + VIDEOS)}"
        )
    return [SearchSource(path, Path(path).suffix.lower() in VIDEOS) for path in sorted(found)]


def _files(place: Path) -> Iterable[str]:
    endings = PICTURES + VIDEOS
    if place.is_file():
        if place.suffix.lower() not in endings:
            raise InputError(
                f"{place} is neither a picture nor a video: it should end in {', '.join(endings)}"
            )
        yield os.path.abspath(place)
        return
    if not place.is_dir():
        beside = [p.name for p in place.parent.iterdir()] if place.parent.is_dir() else []
        raise InputError(f"there is no file or folder {place}{near(place.name, beside)}")
    for folder, inner, files in os.walk(place):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in files:
            if not name.startswith(".") and Path(name).suffix.lower() in endings:
                yield os.path.abspath(os.path.join(folder, name))
