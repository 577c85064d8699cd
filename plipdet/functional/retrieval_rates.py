"""The rates of a retrieval, computed from the ranks of the right items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from plipdet.errors import InputError

from .ranking import RankStatistics


def retrieval_rates(
    statistics: RankStatistics, *, topk: Sequence[int] = (1, 5, 10)
) -> dict[str, float]:
    """Return ``rank<k>``, ``mAP`` and ``mINP`` in percent over the queries that have a right item.

    Rank-k is the share of queries with a right item among the first k (CMC). mAP averages the
    precision at each right item's rank (not interpolated). mINP (Ye et al., Deep Learning for
    Person Re-identification, TPAMI 2021, Eq. 24-25) averages right items / rank of the last one.

    Raises:
        InputError: If no query has a right item.
    """
    matched = statistics.right > 0
    if not matched.any():
        raise InputError(
            f"none of the {len(matched)} queries has its identity in the gallery; check that both "
            "come from the same data, and the camera rule"
        )
    first = statistics.first_rank[matched]
    rates = {f"rank{k}": float((first <= k).mean()) for k in topk}
    rates["mAP"] = float(statistics.average_precision[matched].mean())
    rates["mINP"] = float((statistics.right[matched] / statistics.last_rank[matched]).mean())
    return {name: 100 * value for name, value in rates.items()}


def matching_curve(statistics: RankStatistics, *, length: int = 50) -> list[float]:
    """Return rank-1 to rank-``length`` in percent (CMC), at most as long as the gallery.

    Raises:
        InputError: If no query has a right item.
    """
    longest = min(length, int(statistics.candidates.max(initial=1)))
    rates = retrieval_rates(statistics, topk=range(1, longest + 1))
    return [rates[f"rank{k}"] for k in range(1, longest + 1)]


def chance_rates(
    statistics: RankStatistics, *, topk: Sequence[int] = (1, 5, 10)
) -> dict[str, float]:
    """Return the expected ``rank<k>`` and ``mAP`` of a random order, in percent.

    With P right items among G, rank-k misses with the probability that k draws without return are
    all wrong. An item is right at place i with probability P/G, and then has (i-1)(P-1)/(G-1)
    right ones above it on average, so that E[AP] = (H_G + (P-1)/(G-1) (G - H_G)) / G with the
    harmonic number H_G.
    """
    matched = statistics.right > 0
    right = statistics.right[matched].astype(np.float64)
    total = statistics.candidates[matched].astype(np.float64)
    miss = np.ones_like(right)
    rates: dict[str, float] = {}
    for drawn in range(max(topk)):
        left = np.maximum(total - drawn, 1)
        miss = miss * np.maximum(total - right - drawn, 0) / left
        if drawn + 1 in topk:
            rates[f"rank{drawn + 1}"] = float(100 * (1 - miss).mean())
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, total.max(initial=1) + 1))])
    h = harmonic[total.astype(np.int64)]
    pairs = (right - 1) / np.maximum(total - 1, 1)
    rates["mAP"] = float(100 * ((h + pairs * (total - h)) / total).mean())
    return rates
