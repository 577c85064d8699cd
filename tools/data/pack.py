"""Pack the pictures of a data set into one LMDB, or into tar shards, for fast reading.

Millions of small files are slow on most file systems. SOURCE is a reader (SynthPedes or
synth_pedes, CuhkPedes, Market1501), ROOT the data set's own folder or the folder that holds it.
The result appears under its name only when it is complete. Train from it as docs/data/storage.md
says; the original pictures are not needed any more then.

Exit code: 0 when packed, 1 when --verify or --verify-only finds a difference, 2 for wrong input.

Example:
    python tools/data/pack.py SynthPedes data --to lmdb --out data/SYNTH-PEDES/images.lmdb --verify
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # as when installed

import pyarrow as pa

from plipdet.cli import report, tool, write_json
from plipdet.datasets.packing import (
    PictureWriter,
    check_room,
    compare_pictures,
    named,
    pack_pictures,
    source_picture_names,
)
from plipdet.datasets.sources.find_source import find_source
from plipdet.datasets.stores import ImageStore, LmdbStore, ShardStore
from plipdet.datasets.stores.lmdb_writer import LmdbWriter
from plipdet.datasets.stores.shard_writer import ShardWriter
from plipdet.errors import InputError, UnreadableImageError
from plipdet.new_folder import new_folder

MARKER = "pack.json"
CHECK_FAILED = 1
STORES: dict[str, Callable[[Path], ImageStore]] = {"lmdb": LmdbStore, "shards": ShardStore}


def parse_args() -> argparse.Namespace:
    """Return the checked command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("source", metavar="SOURCE", help="reader: class name or short name")
    add("root", metavar="ROOT", help="the data set's folder, or the folder that holds it")
    add("--to", choices=sorted(STORES), required=True, help="format")
    add("--out", type=Path, required=True, help="folder to make")
    add("--overwrite", action="store_true", help="replace an earlier result in --out")
    add("--verify", action="store_true", help="compare every byte before --out appears")
    add("--verify-only", action="store_true", help="compare an --out that is there, and no more")
    add("--keep-unreadable", action="store_true", help="pack pictures that do not decode, too")
    add("--workers", type=int, default=os.cpu_count() or 1, help="threads (%(default)s)")
    add("--shard-size", type=float, default=1.0, help="of a tar file, GiB (%(default)s)")
    args = parser.parse_args()
    if args.workers < 1:
        raise InputError(f"--workers {args.workers}; expected 1 or more")
    if not args.shard_size > 0:
        raise InputError(f"--shard-size {args.shard_size}; expected more than 0 GiB")
    return args


def open_writer(folder: Path, args: argparse.Namespace) -> PictureWriter:
    """Return what writes the wanted format."""
    if args.to == "lmdb":
        return LmdbWriter(folder)
    return ShardWriter(folder, shard_size=int(args.shard_size * 2**30))


def make(store: ImageStore, names: pa.Array, args: argparse.Namespace) -> dict[str, Any]:
    """Pack the pictures and return the facts about the result."""
    check_room(store, names, args.out)
    with new_folder(args.out, overwrite=args.overwrite, marker=MARKER) as folder:
        start = time.perf_counter()
        try:
            size, unreadable = pack_pictures(
                store,
                names,
                open_writer(folder, args),
                workers=args.workers,
                keep_unreadable=args.keep_unreadable,
            )
        except UnreadableImageError as error:
            hint = "" if args.keep_unreadable else ", or add --keep-unreadable to pack it as it is"
            raise InputError(f"{error}{hint}; nothing is packed") from error
        seconds = time.perf_counter() - start
        facts: dict[str, Any] = {
            "source": args.source,
            "root": str(args.root),
            "format": args.to,
            "pictures": len(names),
            "picture_bytes": size,
            "packed_bytes": sum(path.stat().st_size for path in folder.iterdir()),
            "seconds": round(seconds, 2),
            "pictures_per_second": round(len(names) / seconds, 1),
            "unreadable": [{"image": k, "reason": v} for k, v in unreadable.items()],
        }
        if args.verify:
            facts.update(verify(store, STORES[args.to](folder), names, args))
        write_json(facts, folder / MARKER)
    return facts


def verify(
    store: ImageStore, packed: ImageStore, names: pa.Array, args: argparse.Namespace
) -> dict[str, Any]:
    """Compare a packed set with the original; exit when they differ."""
    different = compare_pictures(store, packed, names, workers=args.workers)
    surplus = 0 if different else sum(1 for _ in packed.names()) - len(names)
    if different:
        problem = f"{len(different)} of {len(names)} pictures differ: {named(different)}"
    elif surplus:
        problem = f"it has {surplus} pictures that {args.root} does not name"
    else:
        return {"verified_pictures": len(names)}
    print(f"check failed: {packed.place}: {problem}; pack again", file=sys.stderr)
    raise SystemExit(CHECK_FAILED)


def main() -> None:
    """Pack, or verify, and report."""
    args = parse_args()
    source = find_source(args.source)(args.root)
    table = source.load()
    store, names = source.image_store(table.root), source_picture_names(source)
    if args.verify_only:
        facts = verify(store, STORES[args.to](args.out), names, args)
        report({"out": str(args.out), "format": args.to, **facts}, args.out / "verify.json")
    else:
        facts = make(store, names, args)
        report({"out": str(args.out), **facts}, args.out / MARKER)


if __name__ == "__main__":
    tool(main)()
