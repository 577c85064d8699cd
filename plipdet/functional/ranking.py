"""Ranks of the right gallery items for each query.

The gallery is never sorted: the rank of a right item follows from how many wrong items score at
least as high, so the matrix product of the features is nearly the whole cost, and memory holds
the scores of one chunk of queries.

**Tie rule.** Wrong items come before right ones of the same score. The result then depends on
neither the order of the gallery nor the chunk size, and a model that gives every picture the same
embedding gets the worst result instead of, by luck of the order, the best.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from plipdet.errors import InputError

from .device_rank_counting import count_wrong_above_on_device
from .gallery_matches import GalleryMatches
from .rank_counting import count_wrong_above, threads

_SCORES = 1 << 26  # of a chunk, 256 MB; small chunks cost a matrix product some of its speed
_MOST, _LEAST = 2048, 32


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


def rank_scores(chunks: Iterable[Tensor], matches: GalleryMatches) -> RankStatistics:
    """Rank the gallery by scores that somebody yields, a chunk of queries at a time.

    Args:
        chunks: Scores of the queries in order, higher is better, each of shape (n, G); one may be
            written over once the next is asked for.
        matches: Of all queries.
    """
    parts = []
    start = 0
    with (
        threads() as pool,
        tqdm(total=matches.queries, desc="ranking", unit=" queries", delay=2.0, leave=False) as bar,
    ):
        for scores in chunks:
            assert scores.shape[1] == matches.gallery, "scores of another gallery"
            parts.append(_rank_chunk(scores, matches, start, pool))
            start += len(scores)
            bar.update(len(scores))
    assert start == matches.queries, "scores of another number of queries"
    fields = zip(*parts, strict=True)
    return RankStatistics(*(np.concatenate(field) for field in fields))


def dot_products(query: Tensor, gallery: Tensor, *, chunk: int | None = None) -> Iterator[Tensor]:
    """Yield the products of a chunk of queries with the gallery, each written over the former.

    Half-precision features are multiplied in single precision: rounded scores would tie.

    Args:
        query: Features, shape (Q, D).
        gallery: Features on the same device, shape (G, D).
        chunk: Queries at once; memory is chunk x G scores. ``None`` for :func:`chunk_for`.

    Yields:
        Scores, shape (n, G).

    Raises:
        InputError: If features are not finite or do not fit, or ``chunk`` is not positive.
    """
    query, gallery = check_features(query, gallery)
    chunk = chunk_for(len(gallery)) if chunk is None else chunk
    if chunk < 1:
        raise InputError(f"chunk = {chunk} queries at once; expected 1 or more")
    buffer = query.new_empty(min(chunk, len(query)), len(gallery))
    for start in range(0, len(query), chunk):
        part = query[start : start + chunk]
        scores = buffer[: len(part)]
        torch.mm(part, gallery.T, out=scores)
        yield scores


def chunk_for(gallery: int) -> int:
    """Return how many queries at once make good use of a processor in 256 MB of scores."""
    return max(_LEAST, min(_MOST, _SCORES // gallery))


def check_features(query: Tensor, gallery: Tensor) -> tuple[Tensor, Tensor]:
    """Return both as float32, or float64 if they are, without gradient.

    Raises:
        InputError: If they are no rows of one width, or their products would not be finite.
    """
    kind = torch.promote_types(torch.promote_types(query.dtype, gallery.dtype), torch.float32)
    query, gallery = query.detach().to(kind), gallery.detach().to(kind)
    if query.ndim != 2 or gallery.ndim != 2 or query.shape[1] != gallery.shape[1]:
        raise InputError(
            f"query features of shape {tuple(query.shape)} and gallery features of shape "
            f"{tuple(gallery.shape)}; expected rows of one width"
        )
    if not len(query) or not len(gallery):
        raise InputError(f"{len(query)} queries and {len(gallery)} gallery items; nothing to rank")
    for side, features in (("query", query), ("gallery", gallery)):
        lengths = torch.linalg.vector_norm(features, dim=1)
        finite = torch.isfinite(lengths * lengths)
        if not bool(finite.all()):
            raise InputError(
                f"{int((~finite).sum())} of {len(features)} {side} features are not finite, first "
                f"row {int((~finite).nonzero()[0])}; check the weights and the pictures"
            )
    return query, gallery


def _rank_chunk(
    scores: Tensor, matches: GalleryMatches, start: int, pool: ThreadPoolExecutor
) -> tuple[np.ndarray, ...]:
    """Return the fields of :class:`RankStatistics` for some queries."""
    rows = matches.rows(start, start + len(scores))
    if scores.device.type == "cpu":
        wrong = count_wrong_above(scores.numpy(), rows, pool)
    else:
        wrong = count_wrong_above_on_device(scores, rows)
    ends = rows.of_right().ends
    right = np.diff(ends)
    found = np.arange(1, len(wrong) + 1) - np.repeat(ends[:-1], right)
    ranks = found + wrong
    some = right > 0
    begin, end = ends[:-1][some], ends[1:][some]
    first, last = np.zeros_like(right), np.zeros_like(right)
    first[some], last[some] = ranks[begin], ranks[end - 1]
    precision = np.zeros(len(right))
    if len(wrong):
        precision[some] = np.add.reduceat(found / ranks, begin) / right[some]
    candidates = matches.gallery - np.diff(rows.ends) + right
    return first, last, right, candidates, precision
