"""Measure the training loader of a config against bare loops that decode and resize.

The loader does all that a training makes it do: read rows, decode, resize, draw the randomness,
choose captions, copy their kept tokens (or tag and tokenise them, where the config does not keep
them: --cfg-options train_dataloader.dataset.keep_tokens=False), stack batches, send them to the
main process, and pin them where there is a GPU. The bare loops read the same pictures from the same
store, decode and resize them with the same decoder and settings in as many processes, and throw
them away. Blocks of both alternate; `ratios` are the medians over the pairs. All files are in the
system's cache, and workers have started and filled their queues before a block is timed.

Examples:
    python tools/benchmark/loader.py
    python tools/benchmark/loader.py --data-root data --images 20000 --workers 8 --stores lmdb
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # configs may import projects.*

import cv2
import numpy as np
import pyarrow as pa
import torch
from annotations import circumstances
from bare_loops import BareLoops, BareWork
from decoders import compare_decoders
from picture_set import make_picture_set
from tqdm import tqdm

from plipdet.cli import report, tool
from plipdet.datasets.packing import check_room, pack_pictures, picture_names
from plipdet.datasets.stores import ImageStore, LmdbStore, ShardStore
from plipdet.datasets.stores.lmdb_writer import LmdbWriter
from plipdet.datasets.stores.shard_writer import ShardWriter
from plipdet.datasets.transforms import LoadPersonImage, ResizePerson
from plipdet.datasets.transforms.resize_person import INTERPOLATIONS
from plipdet.errors import InputError

CONFIG = Path(__file__).resolve().parents[2] / "configs/plip/pretrain_r50.py"
STORES = ("files", "lmdb", "shards")
WRITERS = {"lmdb": (LmdbWriter, LmdbStore), "shards": (ShardWriter, ShardStore)}


def parse_arguments() -> argparse.Namespace:
    """Return the checked command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("config", nargs="?", default=str(CONFIG), help="of a training (%(default)s)")
    add("--data-root", help="folder that holds the config's data set; default: a made-up one")
    add("--images", type=int, default=8000, help="pictures, at least (%(default)s)")
    add("--workers", type=int, default=os.cpu_count() or 1, help="processes (%(default)s)")
    add("--batch-size", type=int, help="pictures of a batch; the config's")
    add("--seconds", type=float, default=3.0, help="length of a block (%(default)s)")
    add("--repeats", type=int, default=7, help="blocks of each (%(default)s)")
    add("--stores", nargs="+", choices=STORES, default=list(STORES), help="default: all")
    add("--skip-decoders", action="store_true", help="do not compare decoders")
    add("--cfg-options", nargs="+", default=[], metavar="KEY=VALUE")
    add("--out", type=Path, default=Path("work_dirs/benchmark/loader.json"), help="result")
    arguments = parser.parse_args()
    for name in ("images", "workers", "batch_size", "repeats"):
        value = getattr(arguments, name)
        if value is not None and value < 1:
            raise InputError(f"--{name.replace('_', '-')} is {value}; the least is 1")
    if not arguments.seconds > 0:
        raise InputError(f"--seconds is {arguments.seconds}; it must be above 0")
    return arguments


def main() -> None:
    """Measure and report."""
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="plipdet-loader-") as folder, ExitStack() as stack:
        result = measure(arguments, Path(folder), stack)
    report({"config": arguments.config, **result, **circumstances()}, arguments.out)


# --- what is measured -----------------------------------------------------------------------


def read_config(arguments: argparse.Namespace, folder: Path) -> Any:
    """Return the loader of the config as a run would build it, without its workers' number."""
    from mmengine.utils.dl_utils import set_multi_processing

    from plipdet.engine.config import load_config, parse_overrides

    root = arguments.data_root or folder
    cfg = load_config(
        arguments.config, overrides=parse_overrides(arguments.cfg_options), data_root=root
    )
    if not cfg.get("train_dataloader"):
        raise InputError(f"{arguments.config} has no train_dataloader; name one like {CONFIG}")
    if arguments.data_root is None:
        make_picture_set(folder, arguments.images)
    set_multi_processing(**(cfg.get("env_cfg") or {}).get("mp_cfg", {}))
    loader = cfg.train_dataloader.to_dict()
    loader["num_workers"] = arguments.workers
    loader["persistent_workers"] = True
    loader["pin_memory"] = loader.get("pin_memory", False) and torch.cuda.is_available()
    if arguments.batch_size is not None:
        loader["batch_size"] = arguments.batch_size
    return loader


def build_loader(loader: Any, images: int) -> Any:
    """Return the loader over about so many pictures, of whole identities."""
    from plipdet.engine import PLIPRunner

    built = PLIPRunner.build_dataloader(loader, seed=0)
    table = built.dataset.table
    if len(table) > images:
        identities = len(np.unique(table.numbers("person_id")))
        loader["dataset"]["max_identities"] = max(1, round(images * identities / len(table)))
        built = PLIPRunner.build_dataloader(loader, seed=0)
    return built


class Stream:
    """Batches of a loader without end, whose workers never run dry."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        prefetched = loader.prefetch_factor * loader.num_workers
        self._stale = prefetched + loader.num_workers  # made before, or while others ran
        # An iterator that ends lets its workers wait; DataLoader refuses the plain assignment
        # for the sake of iterators that are under way, and there is none yet.
        object.__setattr__(loader, "batch_sampler", _Endless(loader))
        self._batches = iter(loader)
        self.first = next(self._batches)

    def rate(self, seconds: float) -> float:
        """Return pictures a second over a block of about so many seconds."""
        for _ in range(self._stale):
            next(self._batches)
        count, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < seconds or not count:
            for _ in range(self.loader.num_workers):  # each gives one: the same phase at the end
                count += len(next(self._batches))
        # Until the queue is full the workers go on, and would disturb what is measured next.
        time.sleep(self._stale * len(self.first) * elapsed / count)
        return count / elapsed

    def close(self) -> None:
        """End the workers."""
        self._batches = None
        self.loader._iterator = None


class _Endless:
    def __init__(self, loader: Any) -> None:
        self._inner = loader.batch_sampler

    def __iter__(self) -> Iterator[Any]:
        for epoch in itertools.count():
            for sampler in (self._inner, getattr(self._inner, "sampler", None)):
                if hasattr(sampler, "set_epoch"):
                    sampler.set_epoch(epoch)
            yield from self._inner


def open_stores(
    files: ImageStore, names: pa.Array, kinds: list[str], folder: Path
) -> dict[str, ImageStore]:
    """Return the wanted stores with the same pictures, all in the system's cache."""
    stores: dict[str, ImageStore] = {}
    for kind in kinds:
        if kind == "files":
            stores[kind] = files
            continue
        place = folder / kind
        check_room(files, names, folder)
        place.mkdir()
        writer, store = WRITERS[kind]
        pack_pictures(files, names, writer(place), workers=os.cpu_count() or 1)
        stores[kind] = store(place)
    for kind, store in stores.items():
        for name in tqdm(names.to_pylist(), desc=f"reading {kind} once", unit=" pictures"):
            store.read(name)
    return stores


def bare_work(dataset: Any) -> BareWork:
    """Return what the pipeline does to a picture at the least."""
    load = next((s for s in dataset.pipeline if isinstance(s, LoadPersonImage)), None)
    resize = next((s for s in dataset.pipeline if isinstance(s, ResizePerson)), None)
    if load is None or resize is None:
        raise InputError(
            "the pipeline of the training lacks LoadPersonImage or ResizePerson, which the bare "
            "loop is made from; name a config like configs/plip/pretrain_r50.py"
        )
    return BareWork(resize.size, load.min_size, INTERPOLATIONS[resize.interpolation])


def same_pixels(batch: Any, dataset: Any, store: ImageStore, work: BareWork) -> bool:
    """Return whether the bare loops make the same pictures as the loader, flips apart."""
    images = batch.images.permute(0, 2, 3, 1).numpy()
    rows = (dataset.table[row].image for row in batch.rows.tolist())
    return all(np.array_equal(work(store.read(r)), i) for r, i in zip(rows, images, strict=True))


# --- measuring ------------------------------------------------------------------------------


def measure(arguments: argparse.Namespace, folder: Path, stack: ExitStack) -> dict[str, Any]:
    """Return all figures."""
    settings = read_config(arguments, folder)
    dataset = build_loader(settings, arguments.images).dataset
    names = picture_names(dataset.table)
    stores = open_stores(dataset.images, names, arguments.stores, folder)
    work = bare_work(dataset)
    cv2.setNumThreads(0)
    loops = BareLoops(stores, names.to_pylist(), work, workers=arguments.workers)
    stack.enter_context(closing(loops))
    streams: dict[str, Stream] = {}
    for kind, store in tqdm(stores.items(), desc="starting workers"):
        loader = build_loader(settings, arguments.images)
        loader.dataset.images = store
        streams[kind] = stack.enter_context(closing(Stream(loader)))
    first = next(iter(streams))
    result: dict[str, Any] = {
        **compare(streams, loops, arguments),
        "same_pixels": same_pixels(streams[first].first, dataset, stores[first], work),
        "images": len(names),
        "mean_bytes": round(np.mean([len(stores[first].read(n)) for n in names.to_pylist()])),
        "size": list(work.size),
        "workers": arguments.workers,
        "batch_size": len(streams[first].first),
        "pinned": streams[first].loader.pin_memory,
        "seconds": arguments.seconds,
        "repeats": arguments.repeats,
        "settings": arguments.cfg_options,
    }
    if not arguments.skip_decoders:
        stack.pop_all().close()  # nothing else shall run beside
        pictures = [stores[first].read(name) for name in names.slice(0, 256).to_pylist()]
        result["decoders"] = compare_decoders(pictures, work.size, repeats=arguments.repeats)
    return result


def compare(
    streams: dict[str, Stream], loops: BareLoops, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Return pictures a second of loaders and bare loops, and their ratios."""
    rates: dict[str, dict[str, list[float]]] = {
        kind: {"loader": [], "bare": []} for kind in streams
    }
    for repeat in tqdm(range(arguments.repeats + 1), desc="repeats"):
        for kind, stream in streams.items():
            functions = {
                "loader": stream.rate,
                "bare": lambda seconds, kind=kind: loops.rate(kind, seconds),
            }
            for name in list(functions)[:: -1 if repeat % 2 else 1]:
                rate = functions[name](arguments.seconds)
                if repeat:  # the first one warms up
                    rates[kind][name].append(rate)
    pairs = {
        kind: [a / b for a, b in zip(found["loader"], found["bare"], strict=True)]
        for kind, found in rates.items()
    }
    return {
        "ratios": {kind: round(statistics.median(found), 4) for kind, found in pairs.items()},
        "ratios_of_pairs": {kind: [round(r, 3) for r in found] for kind, found in pairs.items()},
        "pictures_per_second": {
            kind: {name: round(statistics.median(r), 1) for name, r in found.items()}
            for kind, found in rates.items()
        },
    }


if __name__ == "__main__":
    tool(main)()
