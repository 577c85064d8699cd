"""Time searches over many stored people: latency, recall, memory, disk, building the index.

The embeddings are drawn: clusters of unit vectors. What is written and asked is the store of
tools/search.py, and the right answers are counted without it, by comparing with every vector.

python tools/benchmark/search.py --people 1000000 --dim 512 --work-dir work_dirs/search
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from tqdm import tqdm

from plipdet.cli import report, tool
from plipdet.errors import InputError

_BATCH = 20_000  # people of a commit
_CAMERAS = 8
_OF_A_CLUSTER = 50  # people who look alike
_SPREAD = 0.7  # length of what is drawn around a cluster's centre; that is 1 long
_WHERE = "camera = c3 and time >= 1800"  # a sixteenth of all
_HOUR = 3600.0
_TOP = 10


def main() -> None:
    """Fill a store, ask it, print the figures."""
    from plipdet.apis.search import PersonStore

    arguments = _arguments()
    folder = arguments.work_dir / "store"
    if folder.exists():
        raise InputError(f"{folder} exists; remove it, or name another --work-dir")
    drawn = _Drawn(arguments.people, arguments.dim, arguments.queries, arguments.seed)
    options = {"fingerprint": "drawn", "width": arguments.dim, "write": True}
    with PersonStore(folder, **options) as store:
        written, answers = _write(store, drawn, arguments.thumbnail_bytes)
        began = time.perf_counter()
        store.settle()
        built = time.perf_counter() - began
    reader = PersonStore(folder)
    result: dict[str, Any] = {
        "people": arguments.people,
        "dim": arguments.dim,
        "indexed": arguments.people >= reader.exact_below,
        "write_s": round(written, 1),
        "build_s": round(built, 1),
        "build_peak_rss_gb": _peak_rss(),
        "disk_mb": round(reader.disk_bytes() / 1e6, 1),
        "thumbnail_bytes": arguments.thumbnail_bytes,
        "all": _ask(reader, drawn.queries, answers[None], None),
        "filtered": {"where": _WHERE, **_ask(reader, drawn.queries, answers[_WHERE], _WHERE)},
        "rss_gb": _rss(),
    }
    few = slice(0, arguments.exact_queries)
    exact = _ask(reader, drawn.queries[few], answers[None][few], None, exact=True)
    result["exact"] = {"queries": arguments.exact_queries, **exact}
    if not arguments.keep:
        shutil.rmtree(folder)
    report(result, arguments.work_dir / "search.json")


class _Drawn:
    """Unit vectors in clusters, the same for a seed whenever they are asked for."""

    def __init__(self, people: int, dim: int, queries: int, seed: int) -> None:
        self.people, self.dim, self.seed = people, dim, seed
        centres = np.random.default_rng([seed, 0]).standard_normal(
            (max(1, people // _OF_A_CLUSTER), dim), dtype=np.float32
        )
        self._centres = centres / np.linalg.norm(centres, axis=1, keepdims=True)
        self.queries = self._around(np.random.default_rng([seed, 1]), queries)  # (Q, D)

    def batches(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield embeddings (B, D), cameras (B,) and times in s (B,)."""
        for number, first in enumerate(range(0, self.people, _BATCH)):
            draws = np.random.default_rng([self.seed, 2, number])
            count = min(_BATCH, self.people - first)
            found = self._around(draws, count)
            yield found, draws.integers(0, _CAMERAS, count), draws.uniform(0, _HOUR, count)

    def _around(self, draws: np.random.Generator, count: int) -> np.ndarray:
        noise = draws.standard_normal((count, self.dim), dtype=np.float32)
        noise *= _SPREAD / self.dim**0.5
        noise += self._centres[draws.integers(0, len(self._centres), count)]
        return noise / np.linalg.norm(noise, axis=1, keepdims=True)


class _Best:
    """The best so far of each query, by comparing with every vector."""

    def __init__(self, queries: int) -> None:
        self.scores = np.full((queries, _TOP), -2.0, np.float32)
        self.ids = np.full((queries, _TOP), -1, np.int64)

    def meet(self, scores: np.ndarray, ids: np.ndarray) -> None:
        """Take similarities (Q, B) to people with these numbers, (B,)."""
        scores = np.concatenate([self.scores, scores], 1)
        known = np.concatenate([self.ids, np.broadcast_to(ids, (len(scores), len(ids)))], 1)
        best = np.argpartition(-scores, _TOP - 1, axis=1)[:, :_TOP]
        self.scores = np.take_along_axis(scores, best, 1)
        self.ids = np.take_along_axis(known, best, 1)


def _write(
    store: Any, drawn: _Drawn, thumbnail_bytes: int
) -> tuple[float, dict[str | None, np.ndarray]]:
    """Return the seconds that writing took, and the best people of each query, (Q, 10)."""
    from plipdet.apis.search import FileRecord, FoundPerson, View

    answers = {where: _Best(len(drawn.queries)) for where in (None, _WHERE)}
    seconds, bar = 0.0, tqdm(total=drawn.people, desc="writing", unit=" people")
    draws = np.random.default_rng(drawn.seed)
    for number, (vectors, cameras, times) in enumerate(drawn.batches()):
        path = f"/videos/{number}.mp4"
        people = [
            FoundPerson(
                path,
                (View(round(at * 25), at, (10.0, 20.0, 50.0, 120.0), 0.9, 60.0),),
                vector,
                draws.bytes(thumbnail_bytes),
                f"c{camera}",
                track,
                at,
                at,
            )
            for track, (vector, camera, at) in enumerate(zip(vectors, cameras, times, strict=True))
        ]
        record = FileRecord(path, 1, 1, "done", people=len(people))
        began = time.perf_counter()
        store.add(people, [record])
        seconds += time.perf_counter() - began
        ids = ((number + 1) << 20) + np.arange(len(vectors))
        scores = drawn.queries @ vectors.T
        fits = (cameras == 3) & (times >= _HOUR / 2)
        answers[None].meet(scores, ids)
        answers[_WHERE].meet(scores[:, fits], ids[fits])
        bar.update(len(vectors))
    bar.close()
    return seconds, {where: best.ids for where, best in answers.items()}


def _ask(
    store: Any, queries: np.ndarray, answers: np.ndarray, where: str | None, **options: Any
) -> dict[str, float]:
    """Return the latencies in ms and the share of the ten best that were found."""
    store.search(queries[0], limit=_TOP, where=where, **options)  # opens files
    times, right, wanted = [], 0, 0
    for query, best in zip(queries, answers, strict=True):
        began = time.perf_counter()
        hits = store.search(query, limit=_TOP, where=where, **options)
        times.append(1000 * (time.perf_counter() - began))
        own = set(best[best >= 0].tolist())
        right += len({hit.id for hit in hits} & own)
        wanted += len(own)
    return {
        "p50_ms": round(statistics.median(times), 2),
        "p95_ms": round(float(np.percentile(times, 95)), 2),
        "recall_at_10": round(right / max(1, wanted), 4),
    }


def _peak_rss() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)


def _rss() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 1e9, 2)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=512, help="numbers of an embedding")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--exact-queries", type=int, default=20, help="asked without an index too")
    parser.add_argument("--thumbnail-bytes", type=int, default=500, help="of a stored picture")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work-dir", type=Path, default=Path("work_dirs/search_benchmark"))
    parser.add_argument("--keep", action="store_true", help="leave the store there")
    arguments = parser.parse_args()
    for name in ("people", "dim", "queries", "exact_queries"):
        if getattr(arguments, name) < 1:
            raise InputError(f"--{name.replace('_', '-')} is {getattr(arguments, name)}; >= 1")
    if arguments.thumbnail_bytes < 0:
        raise InputError(f"--thumbnail-bytes is {arguments.thumbnail_bytes}; expected 0 or more")
    return arguments


if __name__ == "__main__":
    tool(main)()
