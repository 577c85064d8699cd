"""Measure the person table at the size of SYNTH-PEDES against json.load of the same file.

A synthetic annotation of SYNTH-PEDES's format and proportions is written; there are no pictures, so
the check for missing ones asks a list in memory (`image_check` in the result). Then, each in a
process of its own: the table is built from it; opened as a training does, with an identity sampler;
read at random; read by DataLoader workers, forked and spawned; and the file is read by `json.load`.

Private memory of a worker is Private_Dirty + Private_Clean of /proc/self/smaps_rollup, after its
reads and while all others run. `private_mb_per_worker` is the worst of: all that a forked worker
has, and what a spawned one has beyond the mean of workers spawned without data, whose packages cost
what they cost. Both kinds are in `workers`, with and without data.

Examples:
    python tools/benchmark/annotations.py --images 4791711
    python tools/benchmark/annotations.py --images 200000 --skip-json-load
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from synthetic_annotation import (
    IMAGES,
    ListedImages,
    images_per_identity,
    write_annotation,
)
from worker_memory import worker_memory

from plipdet.cli import report, tool
from plipdet.datasets import IdentitySampler, PersonDataset
from plipdet.datasets.sources import SynthPedes
from plipdet.errors import InputError

NAME = "synthpedes_dataset.json"
DISK = 1200  # bytes for each picture: its record, its row, and some room
BUILD_MEMORY = 2 << 30  # bytes
JSON_MEMORY = 2200  # bytes for each picture, of json.load
WORKERS = 8
WORKER_MEMORY = 400 << 20  # bytes, of a spawned one with its packages
CONTEXTS = ("fork", "spawn")
READS = 200_000  # random rows


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--images", type=int, default=IMAGES, help="records of the annotation (%(default)s)"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="new folder for the annotation and the table, which stay there; else a temporary one "
        "(TMPDIR says where)",
    )
    parser.add_argument("--skip-json-load", action="store_true", help="leave json.load out")
    parser.add_argument(
        "--out", type=Path, default=Path("work_dirs/benchmark/annotations.json"), help="result"
    )
    return parser.parse_args()


def main() -> None:
    """Measure and report."""
    arguments = parse_arguments()
    if arguments.images < 1:
        raise InputError(f"--images is {arguments.images}; the least is 1")
    if not Path("/proc/self/smaps_rollup").exists():
        raise InputError("this measurement reads /proc/self/smaps_rollup, which only Linux has")
    with folder_for(arguments.keep) as folder:
        check_room(Path(folder), arguments)
        result = measure(Path(folder) / "SYNTH-PEDES", arguments)
    report(result, arguments.out)


def folder_for(keep: Path | None) -> Any:
    """Return a context with a folder that stays, or with one that goes in the end."""
    if keep is None:
        return tempfile.TemporaryDirectory(prefix="plipdet-annotations-")
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise InputError(f"--keep {keep} is there already; name a new or an empty folder")
    keep.mkdir(parents=True, exist_ok=True)
    return nullcontext(str(keep))


def check_room(folder: Path, arguments: argparse.Namespace) -> None:
    """See before all that there is room on the disk and in memory."""
    free, need = shutil.disk_usage(folder).free, arguments.images * DISK
    if free < need:
        raise InputError(
            f"{folder} has {free / 1e9:.1f} GB free; {arguments.images} records and their table "
            f"need {need / 1e9:.1f} GB: name a larger place with --keep or TMPDIR"
        )
    with open("/proc/meminfo") as file:
        memory = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in file}
    need = max(BUILD_MEMORY, WORKERS * WORKER_MEMORY)
    if not arguments.skip_json_load:
        need = max(need, arguments.images * JSON_MEMORY)
    if memory["MemAvailable"] < need:
        hint = "" if arguments.skip_json_load else " or leave json.load out with --skip-json-load"
        raise InputError(
            f"{memory['MemAvailable'] / 1e9:.1f} GB of memory are available, {need / 1e9:.1f} GB "
            f"are needed; stop other programs,{hint} or measure fewer --images"
        )


def measure(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return all figures."""
    folder.mkdir()
    counts = images_per_identity(arguments.images)
    write_annotation(folder / NAME, counts)
    result: dict[str, Any] = {
        "images": arguments.images,
        "identities": len(counts),
        "annotation_gb": round((folder / NAME).stat().st_size / 1e9, 3),
        "image_check": "names against a list in memory; there are no picture files",
    }
    stages: list[tuple[Callable[..., dict[str, Any]], tuple[Any, ...]]] = [
        (build, (folder, counts)),
        (open_as_training, (folder,)),
        (read_rows, (folder,)),
        (hold_in_workers, (folder,)),
    ]
    if not arguments.skip_json_load:
        stages.append((load_json, (folder / NAME,)))
    for stage, stage_arguments in stages:
        print(f"{stage.__name__} ...", file=sys.stderr, flush=True)
        result.update(in_own_process(stage, *stage_arguments))
    return {**result, **circumstances()}


def in_own_process(stage: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    """Return what a stage measures in a fresh process, whose peak memory is its alone."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run_stage, args=(theirs, stage, arguments))
    process.start()
    theirs.close()
    try:
        answer = ours.recv()
        process.join()
    except EOFError:
        process.join()
        raise InputError(
            f"{stage.__name__} ended with exit code {process.exitcode}; -9 is what the system does "
            "to a process when memory is short"
        ) from None
    finally:
        process.terminate()  # if it still runs: this process was interrupted
        process.join()
    if isinstance(answer, InputError):
        raise answer
    return answer


def _run_stage(pipe: Any, stage: Callable[..., dict[str, Any]], arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the others
    try:
        pipe.send(stage(*arguments))
    except InputError as error:
        pipe.send(error)


def build(folder: Path, counts: np.ndarray) -> dict[str, Any]:
    """Build the table from the annotation."""
    before = peak_memory()
    start = time.perf_counter()
    table = SynthPedes(folder, images=ListedImages(counts.astype(np.uint8))).load()
    seconds = time.perf_counter() - start
    assert table.path is not None
    return {
        "build_seconds": round(seconds, 2),
        "build_peak_gb": round(peak_memory() / 1e9, 3),
        "imports_peak_gb": round(before / 1e9, 3),
        "table_gb": round(table.path.stat().st_size / 1e9, 3),
    }


def open_as_training(folder: Path) -> dict[str, Any]:
    """Open the data set and start an identity sampler, the packages being imported."""
    start = time.perf_counter()
    dataset = PersonDataset(SynthPedes(folder), [])
    opened = time.perf_counter()
    width = min(128, len(dataset.identities()))
    begun = time.perf_counter()
    sampler = IdentitySampler(dataset, identities=width, images=4)
    keys = iter(sampler)
    for _ in range(sampler.batch_size):
        next(keys)
    return {
        "open_seconds": round(opened - start, 4),
        "identity_sampler_start_seconds": round(time.perf_counter() - begun, 4),
    }


def read_rows(folder: Path) -> dict[str, Any]:
    """Read random rows, the file being in the system's cache as it was just written."""
    table = SynthPedes(folder).load()
    order = np.random.default_rng(0).integers(len(table), size=READS).tolist()
    start = time.perf_counter()
    for row in order:
        table[row]
    return {"rows_per_second": round(READS / (time.perf_counter() - start))}


def hold_in_workers(folder: Path) -> dict[str, Any]:
    """Let the workers of a loader read random items, and look at their memory."""
    warnings.filterwarnings("ignore", "This DataLoader will create")  # more workers than cores
    dataset = PersonDataset(SynthPedes(folder), [])
    found: dict[str, Any] = {}
    for context in CONTEXTS:
        options = {"workers": WORKERS, "reads": READS // WORKERS, "context": context}
        empty = worker_memory(None, len(dataset), **options)
        full = worker_memory(dataset, len(dataset), **options)
        found[context] = {
            "empty_mb": round(sum(map(total, empty)) / len(empty), 2),
            "with_data_mb": round(max(map(total, full)), 2),
            **{f"of_it_{kind}_mb": round(max(m[kind] for m in full), 2) for kind in full[0]},
        }
    forked, spawned = (found[context] for context in CONTEXTS)
    beyond = round(spawned["with_data_mb"] - spawned["empty_mb"], 2)
    return {
        "private_mb_per_worker": max(forked["with_data_mb"], beyond),
        "workers": {"count": WORKERS, "rows_read_by_each": READS // WORKERS, **found},
    }


def total(memory: dict[str, float]) -> float:
    """Return the private memory of a worker, MB."""
    return sum(memory.values())


def load_json(path: Path) -> dict[str, Any]:
    """Read the annotation as a data set without a table would, in each process."""
    start = time.perf_counter()
    with open(path, encoding="utf-8") as file:
        records = json.load(file)
    seconds = time.perf_counter() - start
    assert records
    return {
        "json_load_seconds": round(seconds, 2),
        "json_load_peak_gb": round(peak_memory() / 1e9, 3),
    }


def peak_memory() -> int:
    """Return the most memory that this process has had, B; a parent's does not count."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


def circumstances() -> dict[str, Any]:
    """Return machine and versions."""
    from plipdet.engine.protocol import versions  # whose packages would fill the stages' memory

    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "machine": f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, "
        f"{memory / 1e9:.0f} GB",
        "versions": versions(),
    }


if __name__ == "__main__":
    tool(main)()
