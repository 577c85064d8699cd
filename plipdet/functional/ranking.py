"""Ranks of the right gallery items for each query, and the rates computed from them.

The gallery is never sorted: the rank of a right item follows from how many wrong items score at
least as high, so the matrix product of the features is nearly the whole cost, and memory holds
the scores of one chunk of queries.

**Tie rule.** Wrong items come before right ones of the same score. The result then depends on
neither the order of the gallery nor the chunk size, and a model that gives every picture the same
embedding gets the worst result instead of, by luck of the order, the best.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from plipdet.errors import InputError

from .rank_counting import count_wrong_above


@dataclass(slots=True, frozen=True)
class RankStatistics:
    """What the rates need of each of Q queries.

    Args:
        first_rank: Rank of the best right item, from 1; 0 where a query has none, int64, (Q,).
        last_rank: Rank of the worst right item, likewise.
        right: Right items of the query in its gallery, int64, (Q,).
        candidates: Items of the query's gallery, right or wrong, int64, (Q,).
        average_precision: 0..1, 0 where a query has no right item, float64, (Q,).
    """

    first_rank: np.ndarray
    last_rank: np.ndarray
    right: np.ndarray
    candidates: np.ndarray
    average_precision: np.ndarray


def rank_gallery(
    query: Tensor,
    gallery: Tensor,
    *,
    query_ids: np.ndarray,
    gallery_ids: np.ndarray,
    query_cameras: np.ndarray | None = None,
    gallery_cameras: np.ndarray | None = None,
    chunk: int = 256,
) -> RankStatistics:
    """Rank the gallery for each query by the dot product, higher first.

    The protocol of Zheng et al., Scalable Person Re-identification, ICCV 2015: with cameras given,
    an item of the query's identity *and* camera is neither right nor wrong but left out.

    Args:
        query: Features, shape (Q, D).
        gallery: Features on the same device, shape (G, D).
        query_ids: Identity of each query, shape (Q,).
        gallery_ids: Identity of each gallery item, shape (G,); leave junk out beforehand.
        query_cameras: Camera of each query, shape (Q,); ``None`` leaves nothing out.
        gallery_cameras: Camera of each gallery item, shape (G,).
        chunk: Queries at once; memory is chunk x G scores.

    Raises:
        InputError: If a feature is not finite, or the numbers of rows disagree.
    """
    _check(query, query_ids, query_cameras, "query")
    _check(gallery, gallery_ids, gallery_cameras, "gallery")
    assert (query_cameras is None) == (gallery_cameras is None)
    if chunk < 1:
        raise InputError(f"chunk = {chunk} queries at once; expected 1 or more")
    order = np.argsort(gallery_ids, kind="stable")
    sorted_ids = gallery_ids[order]
    begin = np.searchsorted(sorted_ids, query_ids, side="left")
    end = np.searchsorted(sorted_ids, query_ids, side="right")
    statistics = RankStatistics(*(np.zeros(len(query), t) for t in [np.int64] * 4 + [np.float64]))
    transposed = gallery.detach().T
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        for start in range(0, len(query), chunk):
            rows = range(start, min(start + chunk, len(query)))
            same = [order[begin[q] : end[q]] for q in rows]
            right = [
                members
                if gallery_cameras is None
                else _other_camera(members, q, query_cameras, gallery_cameras)
                for q, members in zip(rows, same, strict=True)
            ]
            scores = query[start : rows.stop].detach() @ transposed  # (chunk, G)
            wrong = count_wrong_above(scores, same, right, pool)
            for at, q in enumerate(rows):
                statistics.candidates[q] = len(gallery) - len(same[at]) + len(right[at])
                _fill(statistics, q, wrong[at])
    return statistics


def _other_camera(
    members: np.ndarray, q: int, query_cameras: np.ndarray | None, cameras: np.ndarray
) -> np.ndarray:
    assert query_cameras is not None
    return members[cameras[members] != query_cameras[q]]


def _fill(statistics: RankStatistics, q: int, wrong: np.ndarray) -> None:
    """Set a query's figures from the wrong items above each right one, best first, (P,)."""
    count = len(wrong)
    statistics.right[q] = count
    if count:
        found = np.arange(1, count + 1)
        ranks = found + wrong
        statistics.first_rank[q], statistics.last_rank[q] = ranks[0], ranks[-1]
        statistics.average_precision[q] = (found / ranks).mean()


def _check(features: Tensor, ids: np.ndarray, cameras: np.ndarray | None, side: str) -> None:
    if features.ndim != 2 or len(ids) != len(features):
        raise InputError(
            f"{side} features of shape {tuple(features.shape)} with {len(ids)} identities; "
            "expected one row for each identity"
        )
    if cameras is not None and len(cameras) != len(features):
        raise InputError(f"{len(features)} {side} features, but {len(cameras)} cameras")
    finite = torch.isfinite(features).all(dim=1)
    if not bool(finite.all()):
        bad = int((~finite).sum())
        raise InputError(
            f"{bad} of {len(features)} {side} features are not finite, first row "
            f"{int((~finite).nonzero()[0])}; check the weights and the pictures"
        )


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


def top_of_gallery(
    query: Tensor,
    gallery: Tensor,
    *,
    count: int,
    valid: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the best gallery items of a few queries, for looking at them.

    Args:
        query: Features, shape (Q, D).
        gallery: Features, shape (G, D).
        count: Items a query, at most G.
        valid: False where an item is left out for a query, bool, shape (Q, G).

    Returns:
        Scores and indices, each of shape (Q, count), best first; the score of what was left out
        is -inf.
    """
    scores = query @ gallery.T
    if valid is not None:
        scores = scores.masked_fill(~valid, -torch.inf)
    top = scores.topk(min(count, gallery.shape[0]), dim=1)
    return top.values, top.indices
