"""LmdbWriter: pictures into an LMDB environment."""

from __future__ import annotations

from pathlib import Path

import lmdb

from plipdet.errors import InputError

_FIRST_MAP = 1 << 28  # B; doubled as it fills
_BATCH = 1 << 26  # B of pictures a transaction


class LmdbWriter:
    """Writes what :class:`LmdbStore` reads, into a folder that is not yet in use.

    Nothing is safe on the disk before :meth:`close`.

    Args:
        folder: An empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self._env = lmdb.open(str(folder), map_size=_FIRST_MAP, sync=False, lock=False)
        self._pending: list[tuple[bytes, bytes]] = []
        self._held = 0

    def add(self, name: str, data: bytes) -> None:
        """Store one picture.

        Raises:
            InputError: If the name is too long for a key, or the disk is full.
        """
        key = name.encode()
        if not 0 < len(key) <= self._env.max_key_size():
            raise InputError(
                f"{name} has {len(key)} bytes; names of an LMDB have at most "
                f"{self._env.max_key_size()}: shorten it, or pack with --to shards"
            )
        self._pending.append((key, data))
        self._held += len(data)
        if self._held >= _BATCH:
            self._flush()

    def close(self) -> None:
        """Write the rest and bring everything to the disk."""
        self._flush()
        self._env.sync(True)
        self._env.close()

    def _flush(self) -> None:
        while True:
            try:
                with self._env.begin(write=True) as transaction:
                    for key, data in self._pending:
                        transaction.put(key, data)
                break
            except lmdb.MapFullError:  # the transaction is undone, and written again
                self._env.set_mapsize(2 * self._env.info()["map_size"])
            except lmdb.Error as error:
                raise InputError(f"cannot write {self._env.path()}: {error}; make room") from error
        self._pending, self._held = [], 0
