"""Readers of data sets whose annotation is one JSON list of records."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from .annotation_record import AnnotationRecord, read_records
from .person_source import PersonSource
from .table_cache import file_fingerprint


class JsonSource(PersonSource):
    """A data set with one JSON record per picture."""

    annotation_names: ClassVar[tuple[str, ...]]
    """Names the annotation file has in the releases seen, the preferred first."""

    @abstractmethod
    def row(self, record: AnnotationRecord) -> dict[str, Any]:
        """Return the table's row of one record."""

    def annotation(self, folder: Path) -> Path | None:
        """Return the annotation file in ``folder``, ``None`` when there is none."""
        for name in self.annotation_names:
            if (folder / name).is_file():
                return folder / name
        return None

    def fingerprint(self, folder: Path) -> str:
        """Return hex digits that change when the annotation file does."""
        path = self.annotation(folder)
        assert path is not None, "folder() returned a folder without annotation"
        return file_fingerprint(path, self.reader_version)

    def rows(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Yield the rows of the person table in the order of the records."""
        path = self.annotation(folder)
        assert path is not None, "folder() returned a folder without annotation"
        return (self.row(record) for record in read_records(path))
