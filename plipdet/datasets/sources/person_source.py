"""What every reader of a public person data set shares."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from tqdm import tqdm

from plipdet.datasets.stores import FileStore, ImageStore
from plipdet.distributed import run_together
from plipdet.errors import InputError
from plipdet.registry import IMAGE_STORES, build
from plipdet.structures import PersonTable, write_person_table

from .missing_images import MissingImages
from .table_cache import TableCache, table_paths


class PersonSource(ABC):
    """Raw files of a data set, read once into a memory-mapped :class:`PersonTable`.

    The table is kept beside the data, or in the user's cache folder where the data cannot be
    written, and is built again when the raw annotation changes.

    Args:
        root: The data set's own folder, or the folder that holds it.
        images: Where the pictures lie, an image store or its config; ``None`` for plain files in
            the data set's folder. With a packed store those are not needed (docs/data/storage.md).
    """

    name: ClassVar[str]
    """Short name, part of the table's file name."""
    reader_version: ClassVar[int] = 1
    """Raised when the reader gives other rows for the same files."""
    folder_names: ClassVar[tuple[str, ...]]
    """Names that the data set's folder may have inside ``root``."""
    layout: ClassVar[str]
    """Drawing of the expected files, for the message when they are not there."""
    empty: ClassVar[str] = "names no picture"
    """What to say of an annotation without rows."""
    generator: ClassVar[str] = "tools/data/render_minipedes.py"
    """Tool that renders a synthetic set of this layout, for the same message."""

    def __init__(self, root: str | Path, *, images: Any = None) -> None:
        self.root = Path(root)
        self.images: ImageStore | None = build(images, IMAGE_STORES)

    @property
    def table_name(self) -> str:
        """Start of the table's file name; an option that changes the rows changes it, too."""
        return self.name

    @property
    def image_folder(self) -> str:
        """Folder of all pictures in the data set's own, empty where there are several or none."""
        return ""

    @abstractmethod
    def annotation(self, folder: Path) -> Path | None:
        """Return the file or folder that shows the data set lies in ``folder``, else ``None``."""

    @abstractmethod
    def fingerprint(self, folder: Path) -> str:
        """Return hex digits that change when the raw annotation does."""

    @abstractmethod
    def rows(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Yield the rows of the person table, pictures relative to ``folder``.

        Raises:
            InputError: If the annotation is wrong; it names the file and the record.
        """

    def identity_names(self, folder: Path) -> Mapping[int, str]:
        """Return what identities are called, by number; nothing where they are numbers only."""
        return {}

    def attribute_names(self, folder: Path) -> Sequence[str]:
        """Return the names of the columns of ``attribute_labels``; none where there are none."""
        return ()

    def rows_with_progress(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Yield :meth:`rows` under a progress bar."""
        rows = self.rows(folder)
        bar = tqdm(rows, desc=f"reading {self.name}", unit=" rows", delay=1.0, leave=False)
        return iter(bar)

    def folder(self) -> Path:
        """Return the data set's own folder.

        Raises:
            InputError: If it is not there; the message draws the expected layout.
        """
        places = [self.root, *(self.root / name for name in self.folder_names)]
        for place in places:
            if self.annotation(place) is not None:
                return place
        state = "" if self.root.exists() else ", which does not exist"
        drawing = "\n".join(f"  {line}" for line in self.layout.strip().splitlines())
        raise InputError(
            f"{type(self).__name__} found no {self.folder_names[0]} in {self.root}{state}. "
            f"Expected there:\n{drawing}\nName the folder that holds {self.folder_names[0]}, or "
            f"make a synthetic set of the same layout: python {self.generator} --out DIR"
        )

    def load(self) -> PersonTable:
        """Return the table, which one rank builds the first time while the others wait.

        Raises:
            InputError: If the data set is missing or its annotation is wrong, on every rank.
        """
        folder, fingerprint = run_together(self._fingerprinted_folder)
        images = self.image_store(folder)

        def open_table(path: Path) -> PersonTable:
            return PersonTable.open(path, folder, fingerprint=fingerprint, images=images)

        def write_table(path: Path) -> None:
            rows = self._checked_rows(folder)
            write_person_table(
                path,
                rows,
                attribute_names=self.attribute_names(folder),
                source=self.name,
                fingerprint=fingerprint,
                identity_names=self.identity_names(folder),
            )

        paths = table_paths(folder, self.table_name, fingerprint)
        table = TableCache(paths, open_table=open_table, write_table=write_table).table()
        self._check_store(table)
        return table

    def _fingerprinted_folder(self) -> tuple[Path, str]:
        folder = self.folder()
        return folder, self.fingerprint(folder)

    def image_store(self, folder: Path) -> ImageStore:
        """Return where the pictures lie, given the data set's own folder."""
        return FileStore(folder) if self.images is None else self.images

    def _check_store(self, table: PersonTable) -> None:
        """See that a packed store is this data set's: the table may have been built without it."""
        if self.images is None or not len(table):
            return
        ends = MissingImages(self.images)
        for row in (0, len(table) - 1):
            ends.check(table[row].image)
        if ends.count:
            names = ", ".join(itertools.islice(self.images.names(), 2)) or "none"
            raise InputError(
                f"{self.images.place} does not hold the pictures of {table.root}: it lacks "
                f"{ends.first[0]} and has names like {names}; pack them again with "
                "tools/data/pack.py, or name the store of this data set"
            )

    def _checked_rows(self, folder: Path) -> Iterator[dict[str, Any]]:
        missing = MissingImages(self.image_store(folder))
        count, last = 0, None
        for row in self.rows_with_progress(folder):
            if row["image"] != last:  # several people of a scene come one after the other
                last = row["image"]
                missing.check(last)
                count += 1
            yield row
        missing.raise_if_any(count)
        if not count:
            raise InputError(f"{self.annotation(folder)} {self.empty}; nothing to read")
