"""ShardWriter: pictures into tar shards with an index."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

from plipdet.errors import InputError

from .packed_files import INDEX_FILE
from .shard_index import Shard, ShardIndexWriter

_BLOCK = tarfile.BLOCKSIZE


class ShardWriter:
    """Writes what :class:`ShardStore` reads, into a folder that is not yet in use.

    The same pictures in the same order give the same bytes.

    Args:
        folder: An empty folder.
        shard_size: A shard is ended when it has this many bytes.
    """

    def __init__(self, folder: Path, *, shard_size: int = 1 << 30) -> None:
        self._folder = folder
        self._shard_size = shard_size
        self._index = ShardIndexWriter()
        self._shards: list[Shard] = []
        self._tar: tarfile.TarFile | None = None

    def add(self, name: str, data: bytes) -> None:
        """Store one picture.

        Raises:
            InputError: If the disk is full.
        """
        member = tarfile.TarInfo(name)
        member.size = len(data)
        try:
            tar = self._tar or self._next()
            tar.addfile(member, io.BytesIO(data))
        except OSError as error:
            raise self._unwritten(error) from error
        padded = -(-len(data) // _BLOCK) * _BLOCK
        place = {"offset": tar.offset - padded, "size": len(data)}
        self._index.add(name, shard=len(self._shards), **place)
        if tar.offset >= self._shard_size:
            self._end()

    def close(self) -> None:
        """End the last shard and write the index."""
        self._end()
        self._index.write(self._folder / INDEX_FILE, self._shards)

    def _next(self) -> tarfile.TarFile:
        self._path = self._folder / f"shard-{len(self._shards):05d}.tar"
        self._file = open(self._path, "wb")
        self._tar = tarfile.open(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)
        return self._tar

    def _unwritten(self, error: OSError) -> InputError:
        return InputError(f"cannot write {self._folder}: {error.strerror}; make room")

    def _end(self) -> None:
        if self._tar is None:
            return
        try:
            self._tar.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise self._unwritten(error) from error
        self._shards.append(Shard(self._path.name, os.path.getsize(self._path)))
        self._tar = None
