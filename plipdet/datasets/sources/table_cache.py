"""Where the Arrow table of a data set is kept, and how a changed data set is noticed."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import logging
import os
import socket
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from mmengine.logging import print_log

from plipdet.distributed import gather_patiently, is_main, rank, run_together
from plipdet.errors import InputError
from plipdet.structures import PersonTable
from plipdet.whole_file import remove_leftovers

_ENDS = 1 << 20  # bytes hashed at each end of an annotation file
_DIGITS = "[0-9a-f]" * 16  # a fingerprint, as a pattern of file names


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


class TableCache:
    """The built table of a data set: found where it is whole, else built by as few ranks as can be.

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
        self.paths = tuple(paths)
        self._open = open_table
        self._write = write_table

    def table(self) -> PersonTable:
        """Return the table; all ranks call it, and none returns before all have the table.

        The first rank that lacks it builds it. Where that rank's file is not seen, on a machine
        with a disk of its own, one rank of the machine does the same.

        Raises:
            InputError: On all ranks, if it cannot be built or written on one of them.
        """
        table = run_together(self.find)
        for builders in (_first, _first_of_each_host, _all):
            state = gather_patiently((socket.gethostname(), table is not None))
            if all(has for _, has in state):
                break
            here = rank() in builders(state)
            built = run_together(self.build if here else _nothing)
            table = next((t for t in (table, built) if t is not None), None)
            if table is None:
                table = self.find()
        assert table is not None
        return table

    def find(self) -> PersonTable | None:
        """Return the table if a whole one exists; a damaged one is named."""
        for path in self.paths:
            if path.exists():
                try:
                    return self._open(path)
                except InputError as error:
                    if is_main():
                        message = str(error).removesuffix("; delete it to have it built again")
                        print_log(f"{message}; building it again", "current", logging.WARNING)
        return None

    def build(self) -> PersonTable:
        """Write the table to the first place that can be written, and open it.

        Tables of other states of the raw files, and what killed processes left, are removed.

        Raises:
            InputError: If no place can be written, or the raw files are wrong.
        """
        path = next((path for path in self.paths if _can_write(path.parent)), None)
        if path is None:
            raise InputError(
                f"the table of this data set can be written neither to {self.paths[0].parent} nor "
                f"to {self.paths[-1].parent}; make one of them writable, or set XDG_CACHE_HOME"
            )
        # The look above makes a network file system show what another machine has written since.
        if path.exists():
            with contextlib.suppress(InputError):
                return self._open(path)
        self._write(path)
        table = self._open(path)
        if table.column("person_id").null_count == 0:
            table.identities()  # kept beside the table
        _remove_old(path)
        return table


def _nothing() -> None:
    return None


def _first(state: list[tuple[str, bool]]) -> set[int]:
    return {[has for _, has in state].index(False)}


def _first_of_each_host(state: list[tuple[str, bool]]) -> set[int]:
    found = {host: number for number, (host, has) in reversed(list(enumerate(state))) if not has}
    return set(found.values())


def _all(state: list[tuple[str, bool]]) -> set[int]:
    return {number for number, (_, has) in enumerate(state) if not has}


def _remove_old(path: Path) -> None:
    """Remove the tables of the same data set and reader that have another fingerprint."""
    source, fingerprint = path.stem[:-16], path.stem[-16:]
    for other in path.parent.glob(f"{glob.escape(source)}{_DIGITS}*.arrow"):
        if not other.name.startswith(source + fingerprint):
            other.unlink(missing_ok=True)
    remove_leftovers(path.parent)


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
