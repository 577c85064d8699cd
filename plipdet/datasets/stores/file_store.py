"""FileStore: one file a picture, as the public sets come."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path

from plipdet.errors import UnreadableImageError
from plipdet.registry import IMAGE_STORES

from .image_store import ImageStore

_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")


@IMAGE_STORES.register_module()
class FileStore(ImageStore):
    """Plain files under a folder.

    Args:
        root: Folder that the names are relative to.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)

    def read(self, name: str) -> bytes:
        """Return the bytes of a file."""
        try:
            with open(os.path.join(self.root, name), "rb") as file:
                return file.read()
        except FileNotFoundError as error:
            raise UnreadableImageError(
                f"no image {self.where(name)}; complete the download, or remove its record from "
                "the annotation"
            ) from error
        except OSError as error:
            raise UnreadableImageError(
                f"image {self.where(name)} cannot be read: {error.strerror}"
            ) from error

    def has(self, name: str) -> bool:
        """Return whether the file is there, by listing each folder once."""
        folder, base = os.path.split(name)
        return base in _listing(os.path.join(self.root, folder))

    def names(self) -> Iterator[str]:
        """Yield the pictures under the root, folder by folder, in name order."""
        for folder, inner, files in os.walk(self.root):
            inner[:] = sorted(n for n in inner if not n.startswith("."))
            for file in sorted(files):
                if file.lower().endswith(_SUFFIXES):
                    yield Path(folder, file).relative_to(self.root).as_posix()

    def where(self, name: str) -> str:
        """Return the path of the file."""
        return str(self.root / name)


@functools.lru_cache(maxsize=256)  # records of an identity lie together: a few folders are enough
def _listing(folder: str) -> frozenset[str]:
    try:
        return frozenset(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
