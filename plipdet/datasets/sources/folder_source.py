"""FolderSource: somebody's own pictures, by folder or by a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from plipdet.errors import InputError, near
from plipdet.registry import SOURCES
from plipdet.structures import SPLITS

from .identity_numbers import are_numbers, number_identities
from .person_file import FILE_SUFFIXES, read_person_file
from .person_source import PersonSource
from .table_cache import file_fingerprint, names_fingerprint

_JUNK = -1
_FILES = ("persons.csv", "persons.parquet")


@SOURCES.register_module()
class FolderSource(PersonSource):
    """Own data: pictures in a folder for each person, or a CSV or Parquet file that tells of them.

    By folder it is ``<identity>/<picture>``, or ``<split>/<identity>/<picture>`` if all folders in
    ``root`` are called train, val, test, query or gallery; names of pictures are free. A file has
    columns of the person table, ``image`` at least; only what it has is known.

    Identities that are words get numbers, which the table's ``identity_names`` translates back.
    Among numbers, as in Market-1501, 0 is somebody unknown in a gallery, and -1 a picture to leave
    out.
    There are no cameras unless a file has ``camera_id``.

    Args:
        root: Folder that the pictures are in, and that paths in a file are relative to.
        file: Name of the CSV or Parquet file inside ``root``; ``None`` for ``persons.csv`` or
            ``persons.parquet`` if there is one, else the pictures by folder.
        identities: Whether folders are identities; without a file and identities, all pictures
            below ``root``, in whatever folders, are taken, of people nobody knows.
        images: As for every source.

    Raises:
        InputError: If ``file`` is neither.
    """

    name = "folder"
    folder_names = ()
    layout = """
DIR/
  <identity>/<picture> ...            (or <split>/<identity>/<picture>)
or
DIR/
  persons.csv                         (or persons.parquet; columns image, person_id, split ...)
  <picture> ...
"""

    def __init__(
        self,
        root: str | Path,
        *,
        file: str | Path | None = None,
        identities: bool = True,
        images: Any = None,
    ) -> None:
        super().__init__(root, images=images)
        self.file = None if file is None else Path(file)
        self.identities = identities
        if self.file is not None and self.file.suffix.lower() not in FILE_SUFFIXES:
            raise InputError(f"file {self.file}: expected a name that ends in .csv or .parquet")

    @property
    def table_name(self) -> str:
        """Name of the table's file; several files in one folder have a table each."""
        if self.file:
            return f"{self.name}-{re.sub(r'[^A-Za-z0-9_]', '_', str(self.file))}"
        return self.name if self.identities else f"{self.name}-unnamed"

    def folder(self) -> Path:
        """Return ``root``.

        Raises:
            InputError: If it is no folder, or lacks the file.
        """
        if not self.root.is_dir():
            state = "is a file" if self.root.exists() else "does not exist"
            raise InputError(f"{self.root} {state}; name the folder of your pictures")
        if self.file is not None and not (self.root / self.file).is_file():
            there = sorted(p.name for p in self.root.iterdir() if p.suffix.lower() in FILE_SUFFIXES)
            raise InputError(
                f"there is no file {self.root / self.file}{near(self.file.name, there)}; "
                f"{self.root} has {', '.join(there) or 'no .csv or .parquet'}"
            )
        return self.root

    def annotation(self, folder: Path) -> Path | None:
        """Return the file that tells of the pictures, or the folder itself."""
        if self.file is not None:
            return folder / self.file if (folder / self.file).is_file() else None
        found = next((folder / name for name in _FILES if (folder / name).is_file()), None)
        return found or (folder if folder.is_dir() else None)

    def fingerprint(self, folder: Path) -> str:
        """Return hex digits that change when the file, or the name of a picture, does."""
        path = self._file(folder)
        if path is not None:
            return file_fingerprint(path, self.reader_version)
        return names_fingerprint(self.image_store(folder).names(), self.reader_version)

    def rows(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Yield the rows of the person table in the order of the file or of the names."""
        path = self._file(folder)
        if path is None and not self.identities:
            yield from ({"image": name, "person_id": None} for name in self._names(folder))
            return
        numbers = self._numbers(folder)
        if path is not None:
            rows = (cells.row(numbers) for cells in read_person_file(path))
        else:
            rows = (
                {"image": image, "person_id": numbers[identity], "split": split}
                for split, identity, image in self._pictures(folder)
            )
        yield from (row for row in rows if row["person_id"] != _JUNK)

    def identity_names(self, folder: Path) -> Mapping[int, str]:
        """Return the names of identities by number, nothing where the names are the numbers."""
        if self._file(folder) is None and not self.identities:
            return {}
        numbers = self._numbers(folder)
        return {} if are_numbers(numbers) else {number: name for name, number in numbers.items()}

    def _file(self, folder: Path) -> Path | None:
        path = self.annotation(folder)
        return None if path == folder else path

    def _numbers(self, folder: Path) -> dict[str, int]:
        path = self._file(folder)
        if path is None:
            names = [identity for _, identity, _ in self._pictures(folder)]
        else:
            people = (cells.person() for cells in read_person_file(path))
            names = [name for name in people if name is not None]
        numbers = number_identities(names, where=str(path or folder))
        if len(numbers) == 1:
            raise InputError(
                f"all {len(names)} pictures of {path or folder} are of one identity, "
                f"{names[0]!r}; there is nobody to tell apart: give each person a folder or a "
                "person_id of their own"
            )
        return numbers

    def _pictures(self, folder: Path) -> Iterator[tuple[str | None, str, str]]:
        """Yield split, identity and path of the pictures in folders."""
        store, names = self.image_store(folder), self._names(folder)
        has_splits = all(name.partition("/")[0] in SPLITS for name in names)
        shape = "<split>/<identity>/<picture>" if has_splits else "<identity>/<picture>"
        for name in names:
            parts = name.split("/")
            if len(parts) != 2 + has_splits:
                raise InputError(
                    f"{store.where(name)} is not in a folder of its person; expected {shape} below "
                    f"{store.place}, or a persons.csv there, or identities=False if nobody is known"
                )
            yield (parts[0] if has_splits else None), parts[-2], name

    def _names(self, folder: Path) -> list[str]:
        store = self.image_store(folder)
        names = [name for name in store.names() if not name.startswith(".")]
        if not names:
            raise InputError(
                f"{store.place} holds no picture; expected there:\n{self.layout.strip()}"
            )
        return names
