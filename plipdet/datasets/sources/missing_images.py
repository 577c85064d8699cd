"""Finding the pictures that an annotation names and the disk lacks."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from plipdet.errors import InputError

_NAMED = 3


class MissingImages:
    """Counts missing pictures by listing each folder once, which is cheaper than a look at each.

    Args:
        root: Folder that the pictures' paths are relative to.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.count = 0
        self.first: list[str] = []
        # Records of an identity lie together, so a few folders at a time are enough.
        self._names = functools.lru_cache(maxsize=256)(_list_names)

    def check(self, image: str) -> None:
        """Count ``image`` if no such file lies under the root."""
        folder, name = os.path.split(image)
        if name not in self._names(os.path.join(self.root, folder)):
            self.count += 1
            if len(self.first) < _NAMED:
                self.first.append(image)

    def raise_if_any(self, rows: int) -> None:
        """Raise if pictures are missing.

        Args:
            rows: Number of pictures checked, for the message.

        Raises:
            InputError: It names the first few and tells how many there are.
        """
        if self.count:
            more = f" and {self.count - _NAMED} more" if self.count > _NAMED else ""
            raise InputError(
                f"{self.count} of {rows} images are missing under {self.root}: "
                f"{', '.join(self.first)}{more}; complete the download, or remove their records"
            )


def _list_names(folder: str) -> frozenset[str]:
    try:
        return frozenset(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
