"""Image stores: where the bytes of the pictures lie; importing the package registers them."""

from .file_store import FileStore
from .image_store import ImageStore
from .lmdb_store import LmdbStore
from .open_packed import open_packed
from .shard_store import ShardStore

__all__ = ["FileStore", "ImageStore", "LmdbStore", "ShardStore", "open_packed"]
