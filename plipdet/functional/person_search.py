"""Ranking of found people: who of all detections of a gallery is the one that is searched for.

**Right answers.** In a scene that shows the person, the detections are visited from the most
similar on, and the first that overlaps the annotated box enough
(:func:`plipdet.functional.box_overlap.needed_overlap`) is right. All other detections of the
gallery are wrong, those on the same person too. A scene in which nobody fits is a right answer
that was missed: average precision is divided by all right answers, found or not, which is
precision averaged over those found, times recall.

**Tie rule.** As in :mod:`plipdet.functional.ranking`: wrong people come before right ones of the
same similarity.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from plipdet.errors import InputError
from plipdet.structures import SearchQueries

from .box_overlap import needed_overlap, overlap
from .candidates import Candidates
from .device_rank_counting import count_wrong_above_on_device
from .gallery_matches import MatchRows
from .joined_ranges import joined_ranges
from .rank_counting import count_wrong_above, threads
from .ranking import dot_products

Change = Callable[[Tensor, np.ndarray], None]


@dataclass(frozen=True, slots=True)
class SearchStatistics:
    """What the rates need of each of Q queries.

    Args:
        first_rank: Rank of the best right person, from 1; 0 where none was found, int64, (Q,).
        found: Right answers that were found, int64, (Q,).
        right: Scenes of the gallery that show the person, int64, (Q,).
        candidates: People found in the query's gallery, right or wrong, int64, (Q,).
        average_precision: Scaled by recall, 0..1; 0 where ``right`` is 0, float64, (Q,).
    """

    first_rank: np.ndarray
    found: np.ndarray
    right: np.ndarray
    candidates: np.ndarray
    average_precision: np.ndarray


@dataclass(frozen=True, slots=True)
class Search:
    """Q embeddings that ask for people among N detections.

    Args:
        query: Shape (Q, D); a person's sentences ask one by one.
        asks: Which of ``queries`` each row of ``query`` is, shape (Q,).
        queries: Who is searched for, and where.
        people: In all scenes, N of them.
        gallery: What similarities are products with, on the device of ``query``, shape (N, D).
        change: Called with similarities, shape (n, N), and the part of ``asks`` that they belong
            to, to change them in place.
        chunk: Queries at once, as for :func:`plipdet.functional.ranking.dot_products`.
    """

    query: Tensor
    asks: np.ndarray
    queries: SearchQueries
    people: Candidates
    gallery: Tensor
    change: Change | None = None
    chunk: int | None = None

    def scores(self) -> Iterator[tuple[np.ndarray, Tensor]]:
        """Yield a chunk of ``asks``, shape (n,), and their similarities, shape (n, N).

        A similarity is -inf outside the query's gallery. Each chunk is written over the former.
        """
        if not len(self.people):
            return
        scenes = torch.from_numpy(self.people.scenes()).to(self.query.device)
        start = 0
        for scores in dot_products(self.query, self.gallery, chunk=self.chunk):
            own = self.asks[start : start + len(scores)]
            inside = np.zeros((len(own), len(self.people.searched)), bool)
            for row, q in enumerate(own):
                inside[row, self.queries.gallery(int(q))] = True
            outside = torch.from_numpy(~inside).to(self.query.device)
            scores.masked_fill_(outside[:, scenes], -torch.inf)
            if self.change is not None:
                self.change(scores, own)
            yield own, scores
            start += len(scores)

    def of_row(self, row: int) -> Search:
        """Return the search of one embedding alone."""
        own = slice(row, row + 1)
        return dataclasses.replace(self, query=self.query[own], asks=self.asks[own])


def search_statistics(search: Search) -> SearchStatistics:
    """Rank everybody in each query's gallery; memory holds the similarities of one chunk."""
    queries, people = search.queries, search.people
    right = np.diff(queries.match_ends)[search.asks]
    first, found, candidates = (np.zeros(len(right), np.int64) for _ in range(3))
    precision = np.zeros(len(right))
    inside = np.diff(people.ends)
    start = 0
    with (
        threads() as pool,
        tqdm(total=len(right), desc="searching", unit=" queries", delay=2.0, leave=False) as bar,
    ):
        for asks, scores in search.scores():
            own = slice(start, start + len(asks))
            first[own], found[own], precision[own] = _rank_chunk(
                scores, people, queries, asks, pool
            )
            candidates[own] = [inside[queries.gallery(int(q))].sum() for q in asks]
            start = own.stop
            bar.update(len(asks))
    return SearchStatistics(first, found, right, candidates, precision / np.maximum(right, 1))


def right_people(
    scores: Tensor, people: Candidates, queries: SearchQueries, asks: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return who is right for each of n queries, query by query.

    Args:
        scores: Similarities, shape (n, N).
        people: N of them.
        queries: The queries.
        asks: Which of them each row is, shape (n,).

    Returns:
        Row of ``scores``, ascending, and person, both int64 of shape (right answers found,).
    """
    row, match, person = _fitting(people, queries, asks)
    device = scores.device
    places = (torch.from_numpy(row).to(device), torch.from_numpy(person).to(device))
    similarity = scores[places].cpu().numpy()
    order = np.lexsort((-similarity, match))
    _, first = np.unique(match[order], return_index=True)
    best = order[first]
    return row[best], person[best]


def search_rates(
    statistics: SearchStatistics, *, topk: Sequence[int] = (1, 5, 10)
) -> dict[str, float]:
    """Return ``mAP``, ``rank<k>`` and ``search_recall`` in percent.

    Means over the queries whose person some scene of their gallery shows; one that was never
    found counts as 0. Rank-k is the share of queries with a right person among the first k, and
    search recall the mean share of right answers that were found at any rank, which mAP cannot
    exceed.

    Raises:
        InputError: If no query's person is in its gallery.
    """
    asked = statistics.right > 0
    if not asked.any():
        raise InputError(
            f"no gallery of the {len(asked)} queries shows the person that is searched for; check "
            "that queries and scenes come from the same data, and the camera rule"
        )
    first, found = statistics.first_rank[asked], statistics.found[asked]
    rates = {"mAP": float(statistics.average_precision[asked].mean())}
    rates.update({f"rank{k}": float(((first > 0) & (first <= k)).mean()) for k in topk})
    rates["search_recall"] = float((found / statistics.right[asked]).mean())
    return {name: 100 * value for name, value in rates.items()}


def _rank_chunk(
    scores: Tensor,
    people: Candidates,
    queries: SearchQueries,
    asks: np.ndarray,
    pool: ThreadPoolExecutor,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return first ranks, numbers of right people found, and their summed precision."""
    row, person = right_people(scores, people, queries, asks)
    found = np.bincount(row, minlength=len(asks))
    ends = np.concatenate([[0], np.cumsum(found)])
    matches = MatchRows(person, np.ones(len(person), bool), ends)
    if scores.device.type == "cpu":
        wrong = count_wrong_above(scores.numpy(), matches, pool)
    else:
        wrong = count_wrong_above_on_device(scores, matches)
    place = np.arange(1, len(wrong) + 1) - np.repeat(ends[:-1], found)
    ranks = place + wrong
    first = np.zeros(len(asks), np.int64)
    some = found > 0
    first[some] = ranks[ends[:-1][some]]
    return first, found, np.bincount(row, place / ranks, minlength=len(asks))


def _fitting(
    people: Candidates, queries: SearchQueries, asks: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return who overlaps a right answer enough: row of ``asks``, number of the answer, person."""
    begin, end = queries.match_ends[asks], queries.match_ends[asks + 1]
    matches = joined_ranges(begin, end)
    row = np.repeat(np.arange(len(asks)), end - begin)
    scene = queries.match_scenes[matches]
    start, stop = people.ends[scene], people.ends[scene + 1]
    person = joined_ranges(start, stop)
    match = np.repeat(np.arange(len(matches)), stop - start)
    boxes = queries.match_boxes[matches]
    shared = overlap(people.boxes[person], boxes[match])
    fits = (shared >= needed_overlap(boxes)[match]) & (shared > 0)
    return row[match[fits]], match[fits], person[fits]
