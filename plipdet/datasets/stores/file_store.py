"""FileStore: one file a picture, as the public sets come."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from plipdet.errors import UnreadableImageError
from plipdet.registry import IMAGE_STORES

from .image_store import ImageStore

_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
_FIRST_READ = 65_536  # B: nearly every person crop in one call
_LISTINGS = 256  # records of an identity lie together: a few folders are enough
_CLOCK_STEP = 2_000_000_000  # ns: the coarsest time stamp of a file system in use


@IMAGE_STORES.register_module()
class FileStore(ImageStore):
    """Plain files under a folder.

    Args:
        root: Folder that the names are relative to.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)
        self._prefix = os.path.join(self.root, "")
        self._listings: OrderedDict[str, tuple[int, bool, frozenset[str]]] = OrderedDict()

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.root)

    def read(self, name: str) -> bytes:
        """Return the bytes of a file."""
        try:
            # Half the time of a buffered file object, which matters for 10 kB.
            number = os.open(self._prefix + name, os.O_RDONLY)
            try:
                data = os.read(number, _FIRST_READ)
                if len(data) == _FIRST_READ:
                    data += _rest(number)
            finally:
                os.close(number)
        except FileNotFoundError as error:
            raise UnreadableImageError(
                f"no image {self.where(name)}; complete the download, or remove its record from "
                "the annotation"
            ) from error
        except OSError as error:
            raise UnreadableImageError(
                f"image {self.where(name)} cannot be read: {error.strerror}"
            ) from error
        return data

    def has(self, name: str) -> bool:
        """Return whether the file is there.

        Each folder is listed once, and again when its time stamp says that it has changed.
        """
        folder, base = os.path.split(self._prefix + name)
        try:
            changed = os.stat(folder).st_mtime_ns
            listing = self._listings.get(folder)
            if listing is None or listing[0] != changed:
                # A change within the same step of the clock would leave the time stamp as it is.
                settled = time.time_ns() - changed > _CLOCK_STEP
                listing = (changed, settled, frozenset(os.listdir(folder)))
                self._listings[folder] = listing
                if len(self._listings) > _LISTINGS:
                    self._listings.popitem(last=False)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return base in listing[2] if listing[1] else os.path.isfile(self._prefix + name)

    def names(self, folder: str = "") -> Iterator[str]:
        """Yield the pictures under the root, folder by folder, in name order."""
        for place, inner, files in os.walk(self.root / folder):
            inner[:] = sorted(n for n in inner if not n.startswith("."))
            for file in sorted(files):
                if file.lower().endswith(_SUFFIXES):
                    yield Path(place, file).relative_to(self.root).as_posix()

    def where(self, name: str) -> str:
        """Return the path of the file."""
        return self._prefix + name

    def __reduce__(self) -> tuple[type[FileStore], tuple[str]]:
        return FileStore, (str(self.root),)


def _rest(number: int) -> bytes:
    parts = []
    while part := os.read(number, 1 << 20):
        parts.append(part)
    return b"".join(parts)
