"""Time the evaluation of person search at the sizes of PRW and CUHK-SYSU (gallery of 4,000).

Detections and queries are synthetic, with embeddings of 512 numbers. Ways, each by itself:
PersonSearchMetric's search; the same with context matching (CBGM); the bare matrix product of
queries and detections, which is the limit; the figures of detection, with and without pycocotools;
and a plain program that goes through the gallery scene by scene for each query, as papers' code
does. The plain one is run on the first --plain-queries queries only: its time for all of them is
that times the number of queries over those, and named "plain_extrapolated". Figures of both are
compared on those queries. Peak memory of the search is measured in a process of its own.

Example:
    python tools/benchmark/person_search.py --size prw
    python tools/benchmark/person_search.py --size cuhk_sysu_g4000 --repeats 1
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from annotations import circumstances, in_own_process
from extra_memory import extra_memory
from plain_person_search import plain_search
from synthetic_scenes import SIZES, SearchSize, SyntheticSearch, synthetic_search
from tqdm import tqdm

from plipdet.cli import report, tool
from plipdet.errors import InputError
from plipdet.evaluation import PersonSearchMetric
from plipdet.evaluation.coco_detection import coco_rates
from plipdet.evaluation.scene_detection import scene_detection_rates
from plipdet.functional.ranking import dot_products

_CBGM = {"prw": {"k1": 30, "k2": 4}, "cuhk_sysu_g4000": {"k1": 10, "k2": 3}}
_COUNTS = ("queries", "scenes", "people", "identities", "dim")
_COMPARED = ("mAP", "rank1", "rank5", "rank10")


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=sorted(SIZES), default="prw", help="(%(default)s)")
    for name in _COUNTS:
        parser.add_argument(f"--{name}", type=int, help="instead of the size's own")
    parser.add_argument(
        "--plain-queries", type=int, default=20, help="of the plain program (%(default)s)"
    )
    parser.add_argument("--repeats", type=int, default=3, help="of each way (%(default)s)")
    parser.add_argument("--device", default="cpu", help="of the queries (%(default)s)")
    parser.add_argument("--out", type=Path, help="result (work_dirs/benchmark/...json)")
    return parser.parse_args()


def main() -> None:
    """Measure and report."""
    arguments = parse_arguments()
    given = {k: getattr(arguments, k) for k in _COUNTS}
    size = dataclasses.replace(
        SIZES[arguments.size], **{k: v for k, v in given.items() if v is not None}
    )
    counts = [getattr(size, name) for name in _COUNTS]
    if min(arguments.repeats, arguments.plain_queries, *counts) < 1 or size.scenes < 2:
        raise InputError(f"{size}, --repeats, --plain-queries: 1 or more, and 2 scenes or more")
    if arguments.device != "cpu" and not torch.cuda.is_available():
        raise InputError(f"--device {arguments.device}, but PyTorch finds no GPU here")
    memory = in_own_process(peak_of, size, arguments.device)
    data = synthetic_search(size)
    data.embeddings = data.embeddings.to(arguments.device)
    seconds = measure(data, _CBGM[arguments.size], arguments.repeats)
    plain = compare(data, min(arguments.plain_queries, size.queries))
    result = {
        "size": arguments.size,
        **dataclasses.asdict(size),
        "threads": torch.get_num_threads(),
        "device": arguments.device,
        "seconds": {**seconds, "plain_extrapolated": plain["extrapolated"]},
        "ours_over_matmul": round(seconds["search"] / seconds["matmul"], 2),
        "plain_over_ours": round(plain["extrapolated"] / seconds["search"], 1),
        "extra_peak_gb": round(memory["gb"], 3),
        "plain": plain,
        **circumstances(),
    }
    report(
        result, arguments.out or Path(f"work_dirs/benchmark/person_search_{arguments.size}.json")
    )


def measure(data: SyntheticSearch, cbgm: dict[str, int], repeats: int) -> dict[str, float]:
    """Return the median seconds of each way but the plain one."""
    table = data.table()
    searched = dict(enumerate(data.found))
    gallery = torch.cat([one.embeddings for one in data.found if one.embeddings is not None])
    gallery = gallery.to(data.embeddings.device)
    ways: dict[str, Callable[[], Any]] = {
        "search": lambda: rates(data),
        "search_with_cbgm": lambda: rates(data, cbgm=cbgm),
        "matmul": lambda: [None for _ in dot_products(data.embeddings, gallery)],
        "detection": lambda: scene_detection_rates(searched, table, threshold=0.5),
        "detection_by_pycocotools": lambda: coco_rates(searched, table),
    }
    rates(data, count=2)  # compiles
    found = {}
    for name, run in tqdm(ways.items(), desc="ways"):
        found[name] = round(statistics.median(_seconds(run) for _ in range(repeats)), 6)
    return found


def compare(data: SyntheticSearch, count: int) -> dict[str, Any]:
    """Return the time of the plain program on some queries, and by how much figures differ."""
    figures: dict[str, float] = {}
    seconds = _seconds(lambda: figures.update(plain_search(on_cpu(data), count)))
    ours = rates(data, count=count)
    apart = max(abs(figures[name] - ours[name]) / 100 for name in _COMPARED)
    return {
        "queries": count,
        "seconds": round(seconds, 3),
        "extrapolated": round(seconds * len(data.queries) / count, 1),
        "equal_within": apart,
        "rates": figures,
    }


def rates(
    data: SyntheticSearch, *, count: int | None = None, cbgm: dict[str, int] | None = None
) -> dict[str, Any]:
    """Return what PersonSearchMetric gives for the first ``count`` queries."""
    asks = np.arange(len(data.queries) if count is None else count)
    metric = PersonSearchMetric(cbgm=cbgm, examples=0)
    scenes: Any = data.found  # no more than its length is read without detection and examples
    return metric.evaluate(
        data.found,
        data.embeddings[: len(asks)],
        data.queries,
        scenes,
        query_of=asks,
        detected=False,
    )


def on_cpu(data: SyntheticSearch) -> SyntheticSearch:
    """Return the search with queries in the memory of the CPU."""
    return dataclasses.replace(data, embeddings=data.embeddings.cpu())


def peak_of(size: SearchSize, device: str) -> dict[str, float]:
    """Return the GB that a search takes beside the detections, in this process."""
    data = synthetic_search(size)
    data.embeddings = data.embeddings.to(device)
    rates(data, count=2)
    return {"gb": extra_memory(lambda: rates(data))}


def _seconds(run: Callable[[], Any]) -> float:
    wait = torch.cuda.synchronize if torch.cuda.is_available() else (lambda: None)
    wait()
    start = time.perf_counter()
    run()
    wait()
    return time.perf_counter() - start


if __name__ == "__main__":
    tool(main)()
