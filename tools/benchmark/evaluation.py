"""Time the evaluation of a retrieval against the bare product of its features, in one run.

Features are synthetic, of 512 numbers unless told otherwise, at the size of a benchmark's test
set. Three ways take turns: RetrievalMetric; the matrix product of queries and gallery, in chunks
and with nothing else, which is the limit; and a plain NumPy program that sorts the gallery for
each query. --rerank does the same for k-reciprocal re-ranking, against the textbook's arrays of
all pairs. Peak memory is measured in a process of its own for each way. A way that does not fit
into memory is named in "skipped", and figures are then compared on the first queries that fit.

Example:
    python tools/benchmark/evaluation.py --size market
    python tools/benchmark/evaluation.py --size msmt17 --rerank
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from annotations import circumstances, in_own_process
from evaluation_ways import MATMUL, TO_COMPARE, Problem
from extra_memory import free_memory
from synthetic_features import KINDS, SIZES, Size
from tqdm import tqdm

from plipdet.cli import report, tool
from plipdet.errors import InputError

_SLOW = 20.0  # seconds: what takes longer runs once


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=sorted(SIZES), default="market", help="(%(default)s)")
    for name in ("query", "gallery", "identities", "cameras", "dim"):
        parser.add_argument(f"--{name}", type=int, help="instead of the size's own")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, help="of features (all; clustered)")
    parser.add_argument("--rerank", action="store_true", help="measure re-ranking instead")
    parser.add_argument("--repeats", type=int, default=5, help="turns (%(default)s)")
    parser.add_argument("--device", default="cpu", help="of the features (%(default)s)")
    parser.add_argument(
        "--memory-gb", type=float, help="skip ways that take more (nine tenths of what is free)"
    )
    parser.add_argument("--out", type=Path, help="result (work_dirs/benchmark/...json)")
    arguments = parser.parse_args()
    default = ["clustered"] if arguments.rerank else list(KINDS)
    arguments.kinds = arguments.kinds or default
    return arguments


def main() -> None:
    """Measure and report."""
    arguments = parse_arguments()
    given = {f.name: getattr(arguments, f.name) for f in dataclasses.fields(Size)}
    size = dataclasses.replace(
        SIZES[arguments.size], **{k: v for k, v in given.items() if v is not None}
    )
    if min(arguments.repeats, *dataclasses.astuple(size)) < 1:
        raise InputError(f"{size} and --repeats {arguments.repeats}: all are 1 or more")
    if arguments.device != "cpu" and not torch.cuda.is_available():
        raise InputError(f"--device {arguments.device}, but PyTorch finds no GPU here")
    memory = arguments.memory_gb or 0.9 * free_memory()
    task = "rerank" if arguments.rerank else "evaluate"
    found = {}
    for kind in arguments.kinds:
        found[kind] = measure(
            Problem(task, size, kind, arguments.device), memory, arguments.repeats
        )
    result = {
        "task": task,
        "size": arguments.size,
        **dataclasses.asdict(size),
        "threads": torch.get_num_threads(),
        "device": arguments.device,
        **summary(found),
        "kinds": found,
        **circumstances(),
    }
    name = "reranking" if arguments.rerank else "evaluation"
    report(result, arguments.out or Path(f"work_dirs/benchmark/{name}_{arguments.size}.json"))


def measure(problem: Problem, memory: float, repeats: int) -> dict[str, Any]:
    """Return seconds, ratios, memory and agreement of the ways for one kind of features."""
    skipped = {
        name: f"needs about {needed:.1f} GB, of which {memory:.1f} may be used"
        for name, needed in problem.needed_gb().items()
        if needed > memory
    }
    peaks = {
        name: round(in_own_process(peak_of, problem, name)["gb"], 3)
        for name in problem.names
        if name not in skipped
    }
    problem.wake()
    ways = {k: run for k, run in problem.ways().items() if k not in skipped}
    times = take_turns(ways, repeats, problem.kind)
    seconds = {name: round(statistics.median(own), 4) for name, own in times.items()}
    limit = [min(of) for of in zip(*(times[n] for n in ways if n in MATMUL), strict=True)]
    ratios = [a / b for a, b in zip(times["ours"], limit, strict=True)] if limit else []
    plain = TO_COMPARE[problem.task]
    return {
        "seconds": seconds,
        "turns": {name: [round(s, 4) for s in own] for name, own in times.items()},
        "ours_over_matmul": round(statistics.median(ratios), 3) if ratios else None,
        f"{plain}_over_ours": (
            round(seconds[plain] / seconds["ours"], 2) if plain in seconds else None
        ),
        "extra_peak_gb": peaks,
        **problem.agreement(memory if plain in skipped else None),
        "skipped": skipped,
    }


def peak_of(problem: Problem, name: str) -> dict[str, float]:
    """Return the memory that a way takes beside the features, in this process."""
    return {"gb": problem.peak(name)}


def take_turns(
    ways: dict[str, Callable[[], Any]], repeats: int, label: str
) -> dict[str, list[float]]:
    """Return the seconds of each way in each turn; what is slow has the first turn only."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in tqdm(range(repeats), desc=label):
        for name in sorted(ways, reverse=turn % 2 == 1):
            if not times[name] or (name not in TO_COMPARE.values() or times[name][0] < _SLOW):
                times[name].append(seconds_of(ways[name]))
    return times


def seconds_of(run: Callable[[], Any]) -> float:
    """Return how long a call takes, with what it left to do on a GPU."""
    wait = torch.cuda.synchronize if torch.cuda.is_available() else (lambda: None)
    wait()
    start = time.perf_counter()
    run()
    wait()
    return time.perf_counter() - start


def summary(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the worst of all kinds of features."""
    ratios = [of["ours_over_matmul"] for of in found.values() if of["ours_over_matmul"]]
    return {
        "ours_over_matmul": max(ratios) if ratios else None,
        "extra_peak_gb": max(of["extra_peak_gb"]["ours"] for of in found.values()),
        "equal_within": max(of["equal_within"] for of in found.values()),
    }


if __name__ == "__main__":
    tool(main)()
