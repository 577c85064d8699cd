"""LmdbStore: all pictures in one memory-mapped file."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import lmdb

from plipdet.errors import InputError, UnreadableImageError
from plipdet.registry import IMAGE_STORES

from .image_store import ImageStore
from .packed_files import DATA_FILE, INDEX_FILE

_LONGEST_KEY = 511  # B, a constant of LMDB
_REMEDY = "pack the pictures again with tools/data/pack.py"


@IMAGE_STORES.register_module()
class LmdbStore(ImageStore):
    """Pictures in an LMDB environment, a picture's name its key, that tools/data/pack.py wrote.

    Args:
        path: The environment's folder, such as ``data/SYNTH-PEDES/images.lmdb``.

    Raises:
        InputError: If there is no environment in the folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._opened: _Environment | None = None
        if not (self.path / DATA_FILE).is_file():
            other = (self.path / INDEX_FILE).is_file()
            raise InputError(
                f"there is no LMDB in {self.path}, it lacks {DATA_FILE}; "
                + ("it has shards: use type=ShardStore, or " if other else "")
                + "name a folder that tools/data/pack.py --to lmdb wrote"
            )

    @property
    def place(self) -> str:
        """The environment's folder."""
        return str(self.path)

    def read(self, name: str) -> bytes:
        """Return the bytes stored under the name."""
        try:
            data = self._environment().get(name)
        except lmdb.Error as error:
            raise UnreadableImageError(
                f"image {self.where(name)} cannot be read ({error}); {_REMEDY}"
            ) from error
        if data is None:
            raise UnreadableImageError(
                f"no image {self.where(name)}; {_REMEDY}, or remove its record from the annotation"
            )
        return data

    def has(self, name: str) -> bool:
        """Return whether the name is a key."""
        return self._environment().get(name) is not None

    def names(self, folder: str = "") -> Iterator[str]:
        """Yield the names, sorted by their bytes."""
        return self._environment().names(f"{folder.rstrip('/')}/" if folder else "")

    def where(self, name: str) -> str:
        """Return the environment and the name in it."""
        return f"{name} of {self.path}"

    def _environment(self) -> _Environment:
        if self._opened is None:
            self._opened = _open(self.path)
        return self._opened

    def __reduce__(self) -> tuple[type[LmdbStore], tuple[str]]:
        return LmdbStore, (str(self.path),)


class _Environment:
    """An open LMDB environment for reading, without locks: nothing writes a packed set."""

    def __init__(self, path: Path) -> None:
        try:
            self._env = lmdb.open(str(path), readonly=True, lock=False, readahead=False)
        except lmdb.Error as error:
            raise InputError(f"{path} is no LMDB that can be read ({error}); {_REMEDY}") from error
        wanted = (self._env.info()["last_pgno"] + 1) * self._env.stat()["psize"]
        held = os.path.getsize(path / DATA_FILE)
        if held < wanted:  # LMDB itself would die of a bus error
            self._env.close()
            raise InputError(
                f"{path / DATA_FILE} is cut short: {held} of {wanted} bytes; copy it again, or "
                f"{_REMEDY}"
            )

    def get(self, name: str) -> bytes | None:
        key = name.encode()
        if not 0 < len(key) <= _LONGEST_KEY:
            return None
        with self._env.begin() as transaction:
            return transaction.get(key)

    def names(self, prefix: str) -> Iterator[str]:
        start = prefix.encode()
        with self._env.begin() as transaction, transaction.cursor() as cursor:
            found = cursor.set_range(start) if start else cursor.first()
            while found and cursor.key().startswith(start):
                yield cursor.key().decode()
                found = cursor.next()


# A process may open an environment only once, and a forked one goes on with its parent's.
_open_environments: weakref.WeakValueDictionary[str, _Environment] = weakref.WeakValueDictionary()
_opening = threading.Lock()


def _open(path: Path) -> _Environment:
    key = str(path.resolve())
    with _opening:
        found = _open_environments.get(key)
        if found is None:
            found = _open_environments[key] = _Environment(path)
    return found


def _renew_lock() -> None:
    """Free a lock that a thread held which the fork has not taken along."""
    global _opening
    _opening = threading.Lock()


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_renew_lock)
