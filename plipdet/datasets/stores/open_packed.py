"""Opening a packed set of either kind."""

from __future__ import annotations

from pathlib import Path

from plipdet.errors import InputError

from .image_store import ImageStore
from .lmdb_store import LmdbStore
from .packed_files import DATA_FILE, INDEX_FILE
from .shard_store import ShardStore


def open_packed(path: str | Path) -> ImageStore:
    """Return the store of a folder that tools/data/pack.py wrote.

    Raises:
        InputError: If it holds neither an LMDB nor shards.
    """
    for file, store in ((DATA_FILE, LmdbStore), (INDEX_FILE, ShardStore)):
        if (Path(path) / file).is_file():
            return store(path)
    raise InputError(
        f"{path} has neither {DATA_FILE} of an LMDB nor {INDEX_FILE} of shards; name a folder that "
        "tools/data/pack.py wrote"
    )
