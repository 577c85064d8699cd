"""Market-1501, the most used benchmark of image-based person re-identification."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plipdet.errors import InputError
from plipdet.registry import SOURCES

from .person_source import PersonSource
from .table_cache import names_fingerprint

_PARTS = {"bounding_box_train": "train", "query": "query", "bounding_box_test": "gallery"}
_JUNK = -1
NAME = re.compile(
    r"(?P<id>-?[0-9]{1,18})_c(?P<camera>[0-9]{1,9})(?![0-9])"
    r"(?:s[0-9]+_(?P<frame>[0-9]{1,18})(?![0-9]))?"
)
"""Identity, camera and, where it is told, frame in a picture's name; they fit the table."""


@SOURCES.register_module()
class Market1501(PersonSource):
    """Market-1501: 12,936 training, 3,368 query, 15,913 gallery pictures, 6 cameras.

    Zheng et al., Scalable Person Re-identification, ICCV 2015. Everything is in the file names.
    Junk (identity -1) is dropped; distractors (identity 0) stay in the gallery, as the protocol
    demands. Cameras count from 1, as in the names.

    Args:
        root: The folder ``Market-1501-v15.09.15``, or the folder that holds it.
    """

    name = "market1501"
    reader_version = 2
    folder_names = ("Market-1501-v15.09.15", "Market-1501", "market1501")
    layout = """
Market-1501-v15.09.15/
  bounding_box_train/0002_c1s1_000451_03.jpg ...
  query/0001_c1s1_001051_00.jpg ...
  bounding_box_test/0000_c1s1_000151_01.jpg ...
"""

    def annotation(self, folder: Path) -> Path | None:
        """Return the training folder, ``None`` when it is not in ``folder``.

        Everything is in the names, which packed pictures keep: with them, any folder will do.
        """
        path = folder / "bounding_box_train"
        if path.is_dir():
            return path
        own = any((folder / name).is_dir() for name in self.folder_names)
        return folder if self.images is not None and folder.is_dir() and not own else None

    def fingerprint(self, folder: Path) -> str:
        """Return hex digits that change when a picture is added, removed or renamed."""
        names = (name for part in _PARTS for name in self._pictures(folder, part))
        return names_fingerprint(names, self.reader_version)

    def rows(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Yield the rows of the person table: train, query, gallery, each in name order."""
        for part, split in _PARTS.items():
            for name in self._pictures(folder, part):
                match = NAME.match(name.removeprefix(f"{part}/"))
                if match is None:
                    raise InputError(
                        f"{self.image_store(folder).where(name)} is not named like "
                        "0002_c1s1_000451_03.jpg (identity, camera); "
                        "rename it or take it out of the folder"
                    )
                if int(match["id"]) == _JUNK:
                    continue
                yield {
                    "image": name,
                    "person_id": int(match["id"]),
                    "camera_id": int(match["camera"]),
                    "frame": None if match["frame"] is None else int(match["frame"]),
                    "split": split,
                }

    def _pictures(self, folder: Path, part: str) -> list[str]:
        store = self.image_store(folder)
        found = [n for n in store.names(part) if n.endswith(".jpg") and n.count("/") == 1]
        if not found and not (self.images is None and (folder / part).is_dir()):
            raise InputError(
                f"{store.place} has no folder {part!r}; Market-1501 has {sorted(_PARTS)}"
            )
        return sorted(found)
