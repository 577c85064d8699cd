"""picture_files: the pictures of a folder."""

from __future__ import annotations

from pathlib import Path

from plipdet.datasets.stores import FileStore
from plipdet.errors import InputError


def picture_files(folder: str | Path) -> list[Path]:
    """Return the pictures under a folder and the folders in it, sorted by their paths.

    ``embed_images(model, folder)`` embeds them in this order. What is hidden is left out.

    Raises:
        InputError: If there is no such folder, or no picture in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}")
    found = sorted(folder / name for name in FileStore(folder).names())
    found = [path for path in found if not path.name.startswith(".")]
    if not found:
        raise InputError(
            f"{folder} and the folders in it have no pictures: no file ends in .jpg, .png or "
            "another suffix of pictures"
        )
    return found
