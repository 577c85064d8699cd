"""ShardIndex: where in which shard a picture lies, memory-mapped."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from plipdet.errors import InputError
from plipdet.whole_file import whole_file

_SHARDS = b"plipdet.shards"
_SCHEMA = pa.schema(
    [
        pa.field("hash", pa.uint64(), nullable=False),  # of the names, sorted
        pa.field("row", pa.uint32(), nullable=False),  # which of the further columns that is
        pa.field("name", pa.large_string(), nullable=False),  # from here on in stored order
        pa.field("shard", pa.uint32(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("size", pa.int64(), nullable=False),
    ]
)


@dataclass(slots=True, frozen=True)
class Shard:
    """A shard as it was written.

    Args:
        name: Its file name.
        size: Its length, B.
    """

    name: str
    size: int


class ShardIndex:
    """Places of pictures by name.

    The columns are views of a memory-mapped file: opening reads nothing of them, and all
    processes share the pages that they look at.

    Args:
        path: A file that :class:`ShardIndexWriter` wrote.

    Raises:
        InputError: If it is no such file.
    """

    def __init__(self, path: Path) -> None:
        try:
            reader = pa.ipc.open_file(pa.memory_map(str(path), "r"))
            found = json.loads((reader.schema.metadata or {})[_SHARDS])
            self.shards = [Shard(name, size) for name, size in found]
            batch = reader.get_batch(0)
        except (pa.ArrowInvalid, OSError, KeyError, ValueError) as error:
            raise InputError(
                f"{path} is no index of shards ({error}); pack the pictures again with "
                "tools/data/pack.py"
            ) from error
        self._hashes, self._rows, self._shards, self._offsets, self._sizes = (
            batch.column(name).to_numpy(zero_copy_only=True)
            for name in ("hash", "row", "shard", "offset", "size")
        )
        self._names = batch.column("name")

    def __len__(self) -> int:
        return len(self._names)

    def find(self, name: str) -> tuple[int, int, int] | None:
        """Return (shard, offset, size) of a picture in its shard, B; ``None`` if it has none."""
        wanted = name_hash(name)
        at = int(self._hashes.searchsorted(wanted))
        while at < len(self._hashes) and self._hashes[at] == wanted:
            row = int(self._rows[at])
            if self._names[row].as_py() == name:
                return int(self._shards[row]), int(self._offsets[row]), int(self._sizes[row])
            at += 1
        return None

    def names(self) -> Iterator[str]:
        """Yield the names in stored order."""
        for start in range(0, len(self), 65_536):
            yield from self._names.slice(start, 65_536).to_pylist()


class ShardIndexWriter:
    """Collects the places of pictures, about 50 B each, and writes them as one file."""

    def __init__(self) -> None:
        self._hashes, self._shards = array("Q"), array("I")
        self._offsets, self._sizes = array("q"), array("q")
        self._pending: list[str] = []
        self._names: list[pa.Array] = []

    def add(self, name: str, *, shard: int, offset: int, size: int) -> None:
        """Note one picture."""
        self._hashes.append(int(name_hash(name)))
        self._shards.append(shard)
        self._offsets.append(offset)
        self._sizes.append(size)
        self._pending.append(name)
        if len(self._pending) == 65_536:
            self._flush()

    def write(self, path: Path, shards: Sequence[Shard]) -> None:
        """Write the index, whole or not at all."""
        self._flush()
        hashes = np.asarray(self._hashes, np.uint64)
        order = np.argsort(hashes, kind="stable")
        names = pa.concat_arrays(self._names) if self._names else pa.array([], pa.large_string())
        columns = [
            pa.array(hashes[order]),
            pa.array(order.astype(np.uint32)),
            names,
            pa.array(np.asarray(self._shards, np.uint32)),
            pa.array(np.asarray(self._offsets, np.int64)),
            pa.array(np.asarray(self._sizes, np.int64)),
        ]
        facts = json.dumps([(shard.name, shard.size) for shard in shards]).encode()
        schema = _SCHEMA.with_metadata({_SHARDS: facts})
        with whole_file(path) as file, pa.ipc.new_file(file, schema) as writer:
            writer.write_batch(pa.record_batch(columns, schema=schema))

    def _flush(self) -> None:
        self._names.append(pa.array(self._pending, pa.large_string()))
        self._pending = []


def name_hash(name: str) -> np.uint64:
    """Return 64 bits of the BLAKE2b digest of a name."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))
