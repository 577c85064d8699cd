"""FolderWalk: the files under a folder, also behind links, and what cannot be entered."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from .finding_kind import error, warning
from .finding_log import FindingLog

NO_PERMISSION = error(
    "no-permission",
    "a file or folder may not be read",
    "chmod -R u+rX the folder, or ask its owner",
)
LINK_LOOP = warning(
    "link-loop",
    "a link leads back to a folder above it",
    "delete the link; programs that follow it never end",
)


class FolderWalk:
    """Lists regular files folder by folder, in name order; hidden folders are left out.

    Args:
        root: Folder to list.
        log: Gets folders that cannot be read and links that go round.
    """

    def __init__(self, root: Path, log: FindingLog) -> None:
        self._root, self._log = root, log
        self.broken: list[str] = []
        """Links to nothing, as paths relative to the root."""

    def __iter__(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each folder, relative to the root and empty for the root, and its files' names."""
        top = os.path.realpath(self._root)
        pending: list[tuple[str, tuple[str, ...]]] = [("", (top,))]
        while pending:
            folder, links = pending.pop()
            files, inner = self._list(folder, links)
            yield folder, files
            pending += reversed(inner)

    def _list(
        self, folder: str, links: tuple[str, ...]
    ) -> tuple[list[str], list[tuple[str, tuple[str, ...]]]]:
        """Return a folder's files, and its folders each with the links crossed to get there."""
        files: list[str] = []
        inner: list[tuple[str, tuple[str, ...]]] = []
        try:
            with os.scandir(self._root / folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except PermissionError:
            self._log.add(NO_PERMISSION, file=folder or str(self._root))
            return files, inner
        for entry in found:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if not entry.is_symlink():
                if entry.is_file():
                    files.append(entry.name)
                elif entry.is_dir() and not entry.name.startswith("."):
                    inner.append((path, links))
            elif not os.path.exists(entry.path):
                self.broken.append(path)
            elif os.path.isfile(entry.path):
                files.append(entry.name)
            elif os.path.isdir(entry.path):
                target = os.path.realpath(entry.path)
                here = os.path.realpath(self._root / folder)
                if any(_is_in(place, target) for place in (here, *links)):
                    self._log.add(LINK_LOOP, f"it leads to {target}", file=path)
                else:
                    inner.append((path, (*links, here)))
        return files, inner


def _is_in(place: str, folder: str) -> bool:
    return place == folder or place.startswith(folder.rstrip("/") + "/")
