"""Readers of data sets laid out like Market-1501: three folders, and names that tell the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from plipdet.errors import InputError

from .person_source import PersonSource
from .table_cache import names_fingerprint

JUNK_ID = -1
"""Identity of boxes that show nobody rightly; no protocol uses them."""
PARTS = {"bounding_box_train": "train", "query": "query", "bounding_box_test": "gallery"}
"""Folder to split."""


class MarketFolders(PersonSource):
    """A data set whose pictures lie in three folders and bear identity and camera in their names.

    Junk (identity -1) is dropped; all other identities and the cameras keep their numbers.
    """

    name_pattern: ClassVar[re.Pattern[str]]
    """Groups ``id`` and ``camera`` and, where names tell it, ``frame``; they fit the table."""
    name_example: ClassVar[str]
    """For the message about a name that tells nothing."""

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
        names = (name for part in PARTS for name in self._pictures(folder, part))
        return names_fingerprint(names, self.reader_version)

    def rows(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Yield the rows of the person table: train, query, gallery, each in name order."""
        for part, split in PARTS.items():
            names = self._pictures(folder, part)
            if not names:
                self._refuse(folder, part)
            for name in names:
                row = self._row(folder, name, part)
                if row["person_id"] != JUNK_ID:
                    yield {**row, "split": split}

    def _row(self, folder: Path, name: str, part: str) -> dict[str, Any]:
        match = self.name_pattern.match(name.removeprefix(f"{part}/"))
        if match is None:
            raise InputError(
                f"{self.image_store(folder).where(name)} is not named like {self.name_example} "
                "(identity, camera); rename it or take it out of the folder"
            )
        frame = match.groupdict().get("frame")
        return {
            "image": name,
            "person_id": int(match["id"]),
            "camera_id": int(match["camera"]),
            "frame": None if frame is None else int(frame),
        }

    def _refuse(self, folder: Path, part: str) -> None:
        place = self.image_store(folder).place
        if self.images is None and (folder / part).is_dir():
            raise InputError(f"{folder / part} holds no .jpg picture; complete the extraction")
        raise InputError(f"{place} has no folder {part!r}; {self.folder_names[0]} has {[*PARTS]}")

    def _pictures(self, folder: Path, part: str) -> list[str]:
        names = self.image_store(folder).names(part)
        return sorted(n for n in names if n.endswith(".jpg") and n.count("/") == 1)
