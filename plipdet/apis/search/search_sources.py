"""search_sources: the pictures and videos that a user names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
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


def search_sources(
    places: Iterable[str | Path], *, problems: dict[str, str] | None = None
) -> list[SearchSource]:
    """Return the pictures and videos among files, and in folders with all in them, sorted.

    What is hidden in a folder is left out, and files that end otherwise; see ``PICTURES`` and
    ``VIDEOS``. Links to folders are not followed.

    Args:
        places: Files and folders.
        problems: Gets folders that cannot be read, and files whose names are no text, with why.

    Raises:
        InputError: If a place has no name or is not there, a file is neither, or there is none at
            all.
    """
    named = [Path(named_place(place)) for place in places]
    wrong: dict[str, str] = {}
    found = {path for place in named for path in _files(place, wrong) if _is_text(path, wrong)}
    if not found:
        where = ", ".join(map(str, named)) or "nothing"
        why = "".join(f"; {path}: {reason}" for path, reason in list(wrong.items())[:1])
        raise InputError(
            f"there is no picture or video in {where}: no file ends in "
            f"{', '.join(PICTURES + VIDEOS)}{why}"
        )
    if problems is not None:
        problems |= wrong
    return [SearchSource(path, Path(path).suffix.lower() in VIDEOS) for path in sorted(found)]


def named_place(place: str | Path) -> str:
    """Return a file or folder that a user names, with ``~/`` written out.

    Raises:
        InputError: If the name is empty, as of an unset variable: it would be the working folder.
    """
    if not str(place).strip():
        raise InputError("a name of a file or folder is empty; for the working folder name it '.'")
    return os.path.expanduser(place)


def _files(place: Path, problems: dict[str, str]) -> Iterator[str]:
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

    def note(error: OSError) -> None:
        problems[os.path.abspath(error.filename)] = f"cannot be read: {error.strerror}"

    for folder, inner, files in os.walk(place, onerror=note):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in files:
            path = os.path.abspath(os.path.join(folder, name))
            other = os.path.exists(path) and not os.path.isfile(path)  # a pipe would not end
            if not name.startswith(".") and Path(name).suffix.lower() in endings and not other:
                yield path


def _is_text(path: str, problems: dict[str, str]) -> bool:
    """Return whether a path is UTF-8, as the store and JSON need it."""
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode(errors="replace")
        problems[shown] = "cannot be stored: its name is not UTF-8; rename it"
        return False
    return True
