"""Time the clustering of Re-ID without labels, and measure its memory, in one run.

Features are synthetic, 20 pictures a person on average. Ours, sparse, clusters all of them. The
textbook's way, with arrays of all pairs, clusters as many as fit into memory by its estimate, or as
--dense says; ours does these too, and both results are compared. faiss's exact search and ours look
for the neighbours of as many. Each is measured in a process of its own, after
its libraries have loaded and compiled what they do at their first use.

Example:
    python tools/benchmark/clustering.py --images 100000
    python tools/benchmark/clustering.py --images 20000 --dense 5000
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import torch
from annotations import circumstances, in_own_process
from dense_clustering import dense_bytes, dense_clusters, dense_jaccard
from extra_memory import extra_memory, free_memory
from sklearn.cluster import DBSCAN
from synthetic_features import KINDS, Size, synthetic_features

from plipdet.cli import report, tool
from plipdet.errors import InputError
from plipdet.functional.cluster_agreement import cluster_agreement
from plipdet.functional.clustering import cluster, jaccard_neighbours
from plipdet.functional.k_reciprocal import k_reciprocal_weights
from plipdet.functional.nearest_neighbours import nearest_neighbours

_PICTURES = 20  # of a person, on average
_SMALL = 300  # images on which libraries wake up


@dataclass(frozen=True)
class Problem:
    """Features of so many images, and how they are clustered.

    Args:
        images: N.
        dim: Width D.
        kind: Of features, one of ``KINDS``.
        k1: Neighbours that may be reciprocal.
        k2: Neighbours over which sets are averaged.
        eps: Largest distance of two neighbours.
        min_samples: Neighbours that make a core.
        threads: That compute.
    """

    images: int
    dim: int
    kind: str
    k1: int
    k2: int
    eps: float
    min_samples: int
    threads: int

    def features(self) -> tuple[torch.Tensor, np.ndarray]:
        """Return unit features (N, D) and the person of each."""
        torch.set_num_threads(self.threads)
        faiss.omp_set_num_threads(self.threads)
        size = Size(1, self.images - 1, max(2, self.images // _PICTURES), 6, self.dim)
        query, gallery, facts = synthetic_features(size, self.kind)
        people = np.concatenate([facts["query_ids"], facts["gallery_ids"]])
        return torch.cat([query, gallery]), people

    @property
    def sets(self) -> dict[str, int]:
        """What the sets of neighbours depend on."""
        return {"k1": self.k1, "k2": self.k2}


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=int, default=100_000, help="(%(default)s)")
    parser.add_argument("--dim", type=int, default=512, help="width (%(default)s)")
    parser.add_argument("--kind", choices=KINDS, default="clustered", help="(%(default)s)")
    parser.add_argument("--k1", type=int, default=30, help="(%(default)s)")
    parser.add_argument("--k2", type=int, default=6, help="(%(default)s)")
    parser.add_argument("--eps", type=float, default=0.6, help="(%(default)s)")
    parser.add_argument("--min-samples", type=int, default=4, help="(%(default)s)")
    parser.add_argument("--dense", type=int, help="images of the textbook's way (what fits)")
    parser.add_argument("--memory-gb", type=float, help="that it may take (nine tenths of free)")
    parser.add_argument("--out", type=Path, help="result (work_dirs/benchmark/clustering.json)")
    return parser.parse_args()


def main() -> None:
    """Measure and report."""
    arguments = parse_arguments()
    if arguments.images < 2 or arguments.dim < 1:
        raise InputError(f"--images {arguments.images} --dim {arguments.dim}; 2 and 1 at least")
    memory = arguments.memory_gb or 0.9 * free_memory()
    fitting = int(math.sqrt(memory * 1e9 / dense_bytes(1)))
    dense = min(arguments.dense or fitting, arguments.images)
    if dense < 2 or dense_bytes(dense) / 1e9 > memory:
        raise InputError(
            f"the textbook's way takes {dense_bytes(max(dense, 2)) / 1e9:.2f} GB for {dense} "
            f"images, and may take {memory:.2f}: lower --dense, or raise --memory-gb"
        )
    names = ("images", "dim", "kind", "k1", "k2", "eps", "min_samples")
    options = {name: getattr(arguments, name) for name in names}
    whole = Problem(threads=torch.get_num_threads(), **options)
    part = dataclasses.replace(whole, images=dense)
    result = {
        **options,
        "ours": in_own_process(measure_ours, whole),
        "needed_gb_dense": round(dense_bytes(arguments.images) / 1e9, 1),
        "compared": in_own_process(measure_both, part),
        "neighbours": in_own_process(measure_neighbours, part),
        "threads": torch.get_num_threads(),
        **circumstances(),
    }
    report(result, arguments.out or Path("work_dirs/benchmark/clustering.json"))


def measure_ours(problem: Problem) -> dict[str, Any]:
    """Return seconds of the steps, extra memory, and what was found."""
    features, people = problem.features()
    _wake(problem, features)
    found: dict[str, Any] = {}
    labels = np.empty(0)

    def run() -> None:
        nonlocal labels
        graph, found["seconds_graph"] = _timed(
            lambda: jaccard_neighbours(features, eps=problem.eps, **problem.sets)
        )
        scan = DBSCAN(eps=problem.eps, min_samples=problem.min_samples, metric="precomputed")
        labels, found["seconds_dbscan"] = _timed(lambda: scan.fit_predict(graph))
        found["pairs"] = graph.nnz

    found["extra_peak_gb"] = round(extra_memory(run), 3)
    _, found["seconds_weights"] = _timed(
        lambda: k_reciprocal_weights(features, scaled=False, **problem.sets)
    )
    found["seconds"] = round(found["seconds_graph"] + found["seconds_dbscan"], 2)
    return {**found, **_summary(labels), **cluster_agreement(labels, people)}


def measure_both(problem: Problem) -> dict[str, Any]:
    """Return seconds and memory of both ways for the same features, and how they differ."""
    features, _ = problem.features()
    _wake(problem, features)
    options = {"eps": problem.eps, "min_samples": problem.min_samples}
    kept: dict[str, Any] = {}
    seconds: dict[str, float] = {}

    def ours() -> None:
        kept["ours"], seconds["ours"] = _timed(lambda: cluster(features, **problem.sets, **options))

    def dense() -> None:
        units = features.numpy()
        kept["jaccard"], first = _timed(lambda: dense_jaccard(units, **problem.sets))
        kept["dense"], then = _timed(lambda: dense_clusters(kept["jaccard"], **options))
        seconds["dense"] = round(first + then, 4)

    peaks = {"ours": round(extra_memory(ours), 3), "dense": round(extra_memory(dense), 3)}
    graph = jaccard_neighbours(features, eps=problem.eps, **problem.sets).tocoo()
    apart = np.abs(kept["jaccard"][graph.row, graph.col] - graph.data)
    within = int((kept["jaccard"] <= problem.eps).sum()) - problem.images  # not with themselves
    return {
        "images": problem.images,
        "seconds": seconds,
        "extra_peak_gb": peaks,
        "dense_over_ours": round(seconds["dense"] / seconds["ours"], 1),
        "distances_equal_within": float(apart.max()),
        "pairs": {"ours": graph.nnz, "dense": within},
        "equal_partitions": bool(np.array_equal(kept["ours"], kept["dense"])),
        **_summary(kept["ours"]),
    }


def measure_neighbours(problem: Problem) -> dict[str, Any]:
    """Return the seconds of faiss's exact search and of ours, which take turns."""
    features, _ = problem.features()
    _wake(problem, features)
    rows, count = features.numpy(), min(problem.k1 + 1, problem.images)
    times: dict[str, list[float]] = {"ours": [], "faiss": []}
    near: dict[str, np.ndarray] = {}

    def search() -> np.ndarray:
        index = faiss.IndexFlatIP(problem.dim)
        index.add(rows)
        return index.search(rows, count)[1]

    ways: dict[str, Callable[[], np.ndarray]] = {
        "ours": lambda: nearest_neighbours(features, count).indices,
        "faiss": search,
    }
    for _ in range(3):
        for name, run in ways.items():
            near[name], seconds = _timed(run)
            times[name].append(seconds)
    same = [len(np.intersect1d(a, b)) for a, b in zip(*near.values(), strict=True)]
    middle = {name: sorted(own)[1] for name, own in times.items()}
    return {
        "images": problem.images,
        "neighbours": count,
        "seconds": middle,
        "turns": times,
        "faiss_over_ours": round(middle["faiss"] / middle["ours"], 2),
        "neighbours_in_common": sum(same) / (count * problem.images),
    }


def _timed(run: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    found = run()
    return found, round(time.perf_counter() - start, 4)


def _wake(problem: Problem, features: torch.Tensor) -> None:
    few = features[:_SMALL]
    cluster(few, eps=problem.eps, min_samples=problem.min_samples, **problem.sets)
    index = faiss.IndexFlatIP(problem.dim)
    index.add(few.numpy())
    index.search(few.numpy(), 2)


def _summary(labels: np.ndarray) -> dict[str, int]:
    return {"clusters": int(labels.max()) + 1, "outliers": int((labels < 0).sum())}


if __name__ == "__main__":
    tool(main)()
