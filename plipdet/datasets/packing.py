"""Packing pictures into an LMDB or shards, and comparing the result with the original."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Protocol, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from plipdet.errors import InputError, UnreadableImageError
from plipdet.structures import PersonTable

from .sources.person_source import PersonSource
from .sources.scene_source import SceneSource
from .stores import ImageStore
from .transforms.decode_image import decode_image

T = TypeVar("T")
_CHUNK = 32  # pictures a thread takes at once
_SAMPLED = 1000  # pictures that the size of all is guessed from
_BLOCKS = 1 + 4096  # B: most that either format adds to a picture
_NAMED = 3


class PictureWriter(Protocol):
    """What pictures are packed into."""

    def add(self, name: str, data: bytes) -> None:
        """Store one picture."""

    def close(self) -> None:
        """Bring everything to the disk."""


def picture_names(table: PersonTable) -> pa.Array:
    """Return the pictures of a table, each once, in the order in which they come first."""
    return pc.unique(table.column("image"))


def source_picture_names(source: PersonSource) -> pa.Array:
    """Return the pictures of a source, each once, scenes without people among them."""
    if isinstance(source, SceneSource):
        return pa.array(source.load_scenes().images())
    return picture_names(source.load())


def check_room(store: ImageStore, names: pa.Array, out: Path) -> None:
    """Refuse to fill a disk.

    Raises:
        InputError: If the pictures, as far as a sample of them tells, have no room there.
    """
    sampled = names.take(pa.array(range(0, len(names), 1 + len(names) // _SAMPLED))).to_pylist()
    sizes = [len(store.read(name)) + _BLOCKS for name in sampled]
    needed = int(sum(sizes) / max(1, len(sizes)) * len(names))
    place = next(p for p in (out, *out.absolute().parents) if p.exists())
    free = shutil.disk_usage(place).free
    if needed > free:
        raise InputError(
            f"{len(names):,} pictures need about {needed / 1e6:,.0f} MB and {place} has "
            f"{free / 1e6:,.0f} MB; make room, or name another --out"
        )


def pack_pictures(
    store: ImageStore,
    names: pa.Array,
    writer: PictureWriter,
    *,
    workers: int = 4,
    keep_unreadable: bool = False,
) -> tuple[int, dict[str, str]]:
    """Copy encoded pictures, each after a full decoding.

    Args:
        store: Where they are.
        names: Which.
        writer: Where they go; it is closed at the end.
        workers: Threads that read and decode.
        keep_unreadable: Whether a picture that does not decode is copied as it is.

    Returns:
        Number of bytes, and why pictures do not decode, by name.

    Raises:
        UnreadableImageError: If one is missing, or does not decode and is not to be kept.
    """

    def read(name: str) -> tuple[bytes, str | None]:
        data = store.read(name)
        try:
            decode_image(data, where=store.where(name))
        except UnreadableImageError as error:
            if not keep_unreadable:
                raise
            return data, str(error)
        return data, None

    total, unreadable = 0, {}
    for name, (data, problem) in _in_order(read, names, workers, "packing"):
        writer.add(name, data)
        total += len(data)
        if problem is not None:
            unreadable[name] = problem
    writer.close()
    return total, unreadable


def compare_pictures(
    original: ImageStore, packed: ImageStore, names: pa.Array, *, workers: int = 4
) -> list[str]:
    """Return the names whose bytes differ between two stores, or that ``packed`` lacks."""

    def differs(name: str) -> bool:
        try:
            return packed.read(name) != original.read(name)
        except UnreadableImageError:
            return True

    compared = _in_order(differs, names, workers, "verifying")
    return [name for name, different in compared if different]


def named(names: Sequence[str]) -> str:
    """Return the first few names and how many there are more."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _in_order(
    function: Callable[[str], T], names: pa.Array, workers: int, label: str
) -> Iterator[tuple[str, T]]:
    """Yield (name, result) in the order of the names, computed by threads a little ahead."""

    def run(chunk: list[str]) -> list[tuple[str, T]]:
        return [(name, function(name)) for name in chunk]

    chunks = (names.slice(at, _CHUNK).to_pylist() for at in range(0, len(names), _CHUNK))
    pending: deque[Future[list[tuple[str, T]]]] = deque()
    pool = ThreadPoolExecutor(workers)
    bar = tqdm(total=len(names), desc=label, unit=" pictures", smoothing=0.05)
    try:
        with closing(bar):
            for chunk in chunks:
                pending.append(pool.submit(run, chunk))
                if len(pending) > workers + 1:
                    yield from _told(pending.popleft().result(), bar)
            while pending:
                yield from _told(pending.popleft().result(), bar)
    finally:
        pool.shutdown(cancel_futures=True)


def _told(results: list[T], bar: tqdm) -> list[T]:
    bar.update(len(results))
    return results
