"""Readers of data sets whose annotation is one JSON list of records."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from tqdm import tqdm

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
        return file_fingerprint(self._file(folder), self.reader_version)

    def rows(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Yield the rows of the person table in the order of the records."""
        return map(self.row, read_records(self._file(folder)))

    def rows_with_progress(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Yield :meth:`rows` under a bar of the bytes read, whose end is known."""
        path = self._file(folder)
        with tqdm(
            total=path.stat().st_size,
            desc=f"reading {self.name}",
            unit="B",
            unit_scale=True,
            delay=1.0,
            leave=False,
        ) as bar:
            yield from map(self.row, read_records(path, on_bytes=bar.update))

    def _file(self, folder: Path) -> Path:
        path = self.annotation(folder)
        assert path is not None, "folder() returned a folder without annotation"
        return path
