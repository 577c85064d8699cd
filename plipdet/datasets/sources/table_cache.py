"""Where the Arrow table of a data set is kept, and how a changed data set is noticed."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from plipdet.errors import InputError

_ENDS = 1 << 20  # bytes hashed at each end of an annotation file


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


def ensure_table(paths: Iterable[Path], write: Callable[[Path], None]) -> Path:
    """Return the first table that exists, else write it to the first place that can be written.

    Raises:
        InputError: If no place can be written.
    """
    paths = tuple(paths)
    for path in paths:
        if path.exists():
            return path
    for path in paths:
        if _can_write(path.parent):
            write(path)
            return path
    raise InputError(
        f"the table of this data set can be written neither to {paths[0].parent} nor to "
        f"{paths[-1].parent}; make one of them writable, or set XDG_CACHE_HOME"
    )


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
