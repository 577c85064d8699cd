"""Readers of data sets whose annotation is a .mat file of attribute labels."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from plipdet.errors import InputError

from .attribute_annotation import AttributeAnnotation
from .person_source import PersonSource
from .split_file import SplitFile
from .table_cache import file_fingerprint, names_fingerprint


class AttributeSource(PersonSource):
    """A data set with attribute labels of each picture.

    Args:
        root: The data set's own folder, or the folder that holds it.
        split_file: JSON file with other splits than the set's own (docs/data/sources.md), in the
            data set's folder or relative to the working folder; ``None`` for its own.
        images: As for every source.
    """

    annotation_names: ClassVar[tuple[str, ...]]
    """Places the annotation has in the releases seen, the preferred first."""
    picture_patterns: ClassVar[tuple[str, ...]]
    """Paths that pictures have in the releases seen, ``{}`` for the annotation's name."""

    def __init__(
        self, root: str | Path, *, split_file: str | Path | None = None, images: Any = None
    ) -> None:
        super().__init__(root, images=images)
        self.split_file = None if split_file is None else Path(split_file)
        self._kept: tuple[str, AttributeAnnotation] | None = None

    @abstractmethod
    def read(self, path: Path) -> AttributeAnnotation:
        """Return what the annotation's file says, with the set's own splits.

        Raises:
            InputError: If it is damaged, lacks something, or is at odds with itself.
        """

    @property
    def options(self) -> tuple[str, ...]:
        """What the options that change the rows are set to, for the table's name."""
        return ()

    @property
    def table_name(self) -> str:
        """Start of the table's file name; every way to read the set has a table of its own."""
        other = () if self.split_file is None else (str(self.split_file),)
        parts = (re.sub(r"[^A-Za-z0-9_]", "_", part) for part in (*self.options, *other))
        return "-".join((self.name, *parts))

    def annotation(self, folder: Path) -> Path | None:
        """Return the annotation's file in ``folder``, ``None`` when there is none."""
        places = (folder / name for name in self.annotation_names)
        return next((path for path in places if path.is_file()), None)

    def fingerprint(self, folder: Path) -> str:
        """Return hex digits that change when the annotation or the split file does."""
        files = [self._file(folder)]
        if self.split_file is not None:
            files.append(self._split_path(folder))
        found = (file_fingerprint(path, self.reader_version) for path in files)
        return names_fingerprint(found, self.reader_version)

    def rows(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Yield the rows of the person table: train, val, test."""
        found = self._annotation(folder)
        store = self.image_store(folder)
        patterns = (p for p in self.picture_patterns if store.has(p.format(found.images[0])))
        yield from found.rows(next(patterns, self.picture_patterns[0]))

    def attribute_names(self, folder: Path) -> Sequence[str]:
        """Return the names of the attributes in the order of the labels."""
        return self._annotation(folder).names

    def _annotation(self, folder: Path) -> AttributeAnnotation:
        """Return what the files say, read once."""
        fingerprint = self.fingerprint(folder)
        if self._kept is None or self._kept[0] != fingerprint:
            found = self.read(self._file(folder))
            if self.split_file is not None:
                found = found.split_by(SplitFile.read(self._split_path(folder)))
            self._kept = fingerprint, found
        return self._kept[1]

    def _file(self, folder: Path) -> Path:
        path = self.annotation(folder)
        assert path is not None, "folder() returned a folder without annotation"
        return path

    def _split_path(self, folder: Path) -> Path:
        assert self.split_file is not None
        for path in (folder / self.split_file, self.split_file):
            if path.is_file():
                return path
        raise InputError(
            f"there is no split file {self.split_file}, neither here nor in {folder}; make it of "
            "the published pickle with tools/converters/attribute_splits.py"
        )
