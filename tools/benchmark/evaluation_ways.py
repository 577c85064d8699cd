"""The ways to evaluate, or to re-rank, that tools/benchmark/evaluation.py compares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from dense_reranking import dense_bytes, dense_distances
from extra_memory import extra_memory
from plain_evaluation import plain_bytes, plain_rates
from synthetic_features import Size, synthetic_features

from plipdet.evaluation import KReciprocalReranking, RetrievalMetric

MATMUL = ("matmul_512", "matmul_2048")
"""The bare product by queries at once; the faster of a turn is the limit."""
TO_COMPARE = {"evaluate": "argsort", "rerank": "dense"}


@dataclass(frozen=True)
class Problem:
    """Features of one kind and size, and the ways to evaluate or re-rank them.

    Args:
        task: "evaluate" or "rerank".
        size: Of the test set.
        kind: Of features, one of ``KINDS``.
        device: Where the features are.
    """

    task: str
    size: Size
    kind: str
    device: str
    _kept: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    @cached_property
    def data(self) -> tuple[torch.Tensor, torch.Tensor, dict[str, np.ndarray]]:
        """Query and gallery features, and what a metric reads beside them."""
        return synthetic_features(self.size, self.kind, device=self.device)

    @property
    def names(self) -> tuple[str, ...]:
        """What the ways are called."""
        return ("ours", *(MATMUL if self.task == "evaluate" else ()), TO_COMPARE[self.task])

    def ways(self) -> dict[str, Callable[[], Any]]:
        """Return the ways by name; each can be called again and again."""
        query, gallery, facts = self.data
        arrays = (query.cpu().numpy(), gallery.cpu().numpy())
        if self.task == "rerank":
            return {
                "ours": lambda: [None for _ in self._reranked()],
                "dense": lambda: self._kept.update(dense=dense_distances(*arrays)),
            }
        return {
            "ours": lambda: _rates(query, gallery, facts),
            **{name: lambda n=name: _multiply(query, gallery, _rows(n)) for name in MATMUL},
            "argsort": lambda: plain_rates(*arrays, **facts),
        }

    def needed_gb(self) -> dict[str, float]:
        """Return the memory of the ways that may not fit."""
        if self.task == "rerank":
            return {"dense": dense_bytes(self.size.query + self.size.gallery) / 1e9}
        return {"argsort": plain_bytes(self.size.query, self.size.gallery) / 1e9}

    def peak(self, name: str) -> float:
        """Return the GB that a way takes beside the features, once libraries are awake."""
        self.wake()
        return extra_memory(self.ways()[name])

    def wake(self) -> None:
        """Let libraries load and compile what they do at their first use."""
        small = Problem(self.task, Size(40, 6_000, 20, 3, self.size.dim), self.kind, self.device)
        if self.task == "rerank":
            small = Problem(self.task, Size(40, 160, 20, 3, 8), "random", self.device)
        for run in small.ways().values():
            run()

    def agreement(self, memory: float | None) -> dict[str, Any]:
        """Return by how much our figures differ from the plain ones.

        Args:
            memory: GB that the plain way may take, if it does not fit whole.
        """
        query, gallery, facts = self.data
        if self.task == "rerank":
            return self._reranking_agreement(memory)
        count = self.size.query
        if memory is not None:
            count = min(count, max(1, int(memory * 1e9 / plain_bytes(1, self.size.gallery) / 4)))
        facts = {k: v[:count] if k.startswith("query") else v for k, v in facts.items()}
        arrays = (query[:count].cpu().numpy(), gallery.cpu().numpy())
        plain, ours = plain_rates(*arrays, **facts), _rates(query[:count], gallery, facts)
        apart = max(abs(plain[name] - ours[name]) / 100 for name in plain)
        return {"equal_within": apart, "queries_compared": count, "rates": ours}

    def _reranking_agreement(self, memory: float | None) -> dict[str, Any]:
        """Compare all distances, or where they do not fit those of a set that does."""
        problem: Problem = self
        if memory is not None:
            size = Size(600, 2_400, 120, self.size.cameras, self.size.dim)
            problem = Problem(self.task, size, self.kind, self.device)
        if "dense" not in problem._kept:
            problem.ways()["dense"]()
        dense, gallery = problem._kept["dense"], problem.data[1]
        apart, start = 0.0, 0
        for distances in problem._reranked():
            own = distances.cpu().numpy()
            apart = max(apart, float(np.abs(own - dense[start : start + len(own)]).max()))
            start += len(own)
        return {"equal_within": apart, "queries_compared": start, "gallery_compared": len(gallery)}

    def _reranked(self) -> Any:
        query, gallery, _ = self.data
        return KReciprocalReranking().distances(query, gallery, chunk=None)


def _rates(query: Any, gallery: Any, facts: dict[str, np.ndarray]) -> dict[str, float]:
    found = RetrievalMetric(exclude_same_camera=True).evaluate(query, gallery, **facts)
    return {name: found[name] for name in ("rank1", "rank5", "rank10", "mAP", "mINP")}


def _rows(name: str) -> int:
    return int(name.rsplit("_", 1)[-1])


def _multiply(query: torch.Tensor, gallery: torch.Tensor, rows: int) -> None:
    buffer = query.new_empty(min(rows, len(query)), len(gallery))
    for start in range(0, len(query), rows):
        part = query[start : start + rows]
        torch.mm(part, gallery.T, out=buffer[: len(part)])
