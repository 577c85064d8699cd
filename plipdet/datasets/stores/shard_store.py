"""ShardStore: pictures in a few tar files, found by a memory-mapped index."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from pathlib import Path

from plipdet.errors import InputError, UnreadableImageError
from plipdet.registry import IMAGE_STORES

from .image_store import ImageStore
from .packed_files import DATA_FILE, INDEX_FILE
from .shard_index import ShardIndex

_REMEDY = "pack the pictures again with tools/data/pack.py"


@IMAGE_STORES.register_module()
class ShardStore(ImageStore):
    """Pictures in tar shards, as WebDataset has them, that tools/data/pack.py wrote.

    Args:
        path: The folder of the shards and their index, such as ``data/SYNTH-PEDES/images.shards``.

    Raises:
        InputError: If there is no index in the folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._opened: _Shards | None = None
        if not (self.path / INDEX_FILE).is_file():
            other = (self.path / DATA_FILE).is_file()
            raise InputError(
                f"there are no packed shards in {self.path}, it lacks {INDEX_FILE}; "
                + ("it has an LMDB: use type=LmdbStore, or " if other else "")
                + "name a folder that tools/data/pack.py --to shards wrote"
            )

    @property
    def place(self) -> str:
        """The shards' folder."""
        return str(self.path)

    def read(self, name: str) -> bytes:
        """Return the bytes of a member of a shard."""
        shards = self._shards()
        place = shards.index.find(name)
        if place is None:
            raise UnreadableImageError(
                f"no image {self.where(name)}; {_REMEDY}, or remove its record from the annotation"
            )
        number, offset, size = place
        try:
            # Both sides of a fork may read, as this neither uses nor moves a file position.
            data = os.pread(shards.file(number), size, offset)
        except OSError as error:
            raise UnreadableImageError(
                f"image {self.where(name)} cannot be read: {error.strerror}"
            ) from error
        if len(data) != size:
            raise UnreadableImageError(
                f"image {self.where(name)} cannot be read, {shards.index.shards[number].name} has "
                f"{len(data)} of its {size} bytes; {_REMEDY}"
            )
        return data

    def has(self, name: str) -> bool:
        """Return whether the index knows the name."""
        return self._shards().index.find(name) is not None

    def names(self, folder: str = "") -> Iterator[str]:
        """Yield the names in the order of the shards."""
        prefix = f"{folder.rstrip('/')}/" if folder else ""
        return (name for name in self._shards().index.names() if name.startswith(prefix))

    def where(self, name: str) -> str:
        """Return the folder of the shards and the name in it."""
        return f"{name} of {self.path}"

    def _shards(self) -> _Shards:
        if self._opened is None:
            self._opened = _Shards(self.path)
        return self._opened

    def __reduce__(self) -> tuple[type[ShardStore], tuple[str]]:
        return ShardStore, (str(self.path),)


class _Shards:
    """The index, and the shards that have been read from."""

    def __init__(self, folder: Path) -> None:
        self.index = ShardIndex(folder / INDEX_FILE)
        self._folder = folder
        self._files: dict[int, int] = {}
        weakref.finalize(self, _close, self._files)
        for shard in self.index.shards:
            try:
                held = os.path.getsize(folder / shard.name)
            except OSError as error:
                raise InputError(
                    f"shard {folder / shard.name} is missing; copy it again, or {_REMEDY}"
                ) from error
            if held != shard.size:
                raise InputError(
                    f"shard {folder / shard.name} has {held} bytes and not {shard.size} as its "
                    f"index says; copy it again, or {_REMEDY}"
                )

    def file(self, number: int) -> int:
        found = self._files.get(number)
        if found is None:
            opened = os.open(self._folder / self.index.shards[number].name, os.O_RDONLY)
            found = self._files.setdefault(number, opened)
            if found != opened:  # another thread was faster
                os.close(opened)
        return found


def _close(files: dict[int, int]) -> None:
    for number in files.values():
        os.close(number)
