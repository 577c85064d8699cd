"""Where the Arrow table of a data set is kept, and how a changed data set is noticed."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from plipdet.datasets.built_file import BuiltFile
from plipdet.errors import InputError
from plipdet.structures import PersonTable
from plipdet.whole_file import remove_leftovers

_ENDS = 1 << 20  # bytes hashed at each end of an annotation file
FINGERPRINT = "[0-9a-f]" * 16
"""Any fingerprint, as a pattern of file names."""
_ENDINGS = (".arrow", ".tokens")  # of tables and what is kept beside them


def file_fingerprint(path: Path, version: int) -> str:
    """Return 16 hex digits that change with an annotation file's size, time or ends.

    Hashing the ends instead of the whole keeps opening a 2.5 GB annotation instant.

    Args:
        path: The annotation file.
        version: Version of the reader, so that a better reader builds its table anew.
    """
    stat = path.stat()
    digest = hashlib.sha256(f"{version} {stat.st_size} {stat.st_mtime_ns}".encode())
    with open(path, "rb") as file:
        digest.update(file.read(_ENDS))
        file.seek(max(0, stat.st_size - _ENDS))
        digest.update(file.read(_ENDS))
    return digest.hexdigest()[:16]


def files_fingerprint(paths: Iterable[Path], version: int) -> str:
    """Return 16 hex digits that change with the name, size or time of any of many files.

    Raises:
        InputError: If one is not there.
    """
    digest = hashlib.sha256(str(version).encode())
    for path in paths:
        try:
            stat = path.stat()
        except OSError as error:
            raise InputError(
                f"there is no {path}; complete the download of the annotation"
            ) from error
        digest.update(f"\0{path.name} {stat.st_size} {stat.st_mtime_ns}".encode(errors="replace"))
    return digest.hexdigest()[:16]


def names_fingerprint(names: Iterable[str], version: int) -> str:
    """Return 16 hex digits of the file names of a data set whose names are its annotation."""
    digest = hashlib.sha256(str(version).encode())
    for name in names:
        digest.update(b"\0" + name.encode(errors="surrogateescape"))
    return digest.hexdigest()[:16]


def table_paths(folder: Path, source: str, fingerprint: str) -> tuple[Path, Path]:
    """Return where a table may lie: beside the data, or in the user's cache folder.

    Args:
        folder: Folder of the data set.
        source: Name of the reader.
        fingerprint: Fingerprint of the raw annotation.
    """
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "plipdet" / "tables"
    place = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return (
        folder / ".plipdet" / f"{source}-{fingerprint}.arrow",
        user / f"{source}-{place}-{fingerprint}.arrow",
    )


class TableCache(BuiltFile[PersonTable]):
    """The built table of a data set, with its identity index beside it.

    Args:
        paths: Where the table may lie, the preferred place first.
        open_table: Opens the table at a path; an InputError says what is wrong with it.
        write_table: Builds the table at a path.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        open_table: Callable[[Path], PersonTable],
        write_table: Callable[[Path], None],
    ) -> None:
        super().__init__(
            paths,
            what="the table of this data set",
            open_file=open_table,
            write_file=write_table,
            on_built=_finish,
        )

    def table(self) -> PersonTable:
        """Return the table; see :meth:`BuiltFile.get`."""
        return self.get()


def _finish(table: PersonTable, path: Path) -> None:
    if table.column("person_id").null_count == 0:
        table.identities()  # kept beside the table
    _remove_old(path)


def _remove_old(path: Path) -> None:
    """Remove the tables of the same data set and reader that have another fingerprint."""
    source, fingerprint = path.stem[:-16], path.stem[-16:]
    for ending in _ENDINGS:
        for other in path.parent.glob(f"{glob.escape(source)}{FINGERPRINT}*{ending}"):
            if not other.name.startswith(source + fingerprint):
                other.unlink(missing_ok=True)
    remove_leftovers(path.parent)
