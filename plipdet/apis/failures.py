"""find_failures: the queries of a test that go worst."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor
from tqdm import tqdm

from plipdet.errors import InputError
from plipdet.functional.ranking import RankStatistics
from plipdet.functional.retrieval_rates import retrieval_rates
from plipdet.visualization import Failure

from .ranked_retrieval import RankedRetrieval

_LAST_RANKS = (1, 5, 10, 20, 50, 100)
_BEYOND = f"over {_LAST_RANKS[-1]}"
NO_MATCH = "no right picture"


@dataclass(slots=True, frozen=True)
class FailureSurvey:
    """How a test's queries fare, and the worst of them.

    Args:
        rates: As the metric gives them, percent.
        buckets: Queries by the rank of their first right picture; those that have none last.
        worst: By the rank of the first right picture, then by average precision, worst first.
    """

    rates: dict[str, float]
    buckets: dict[str, int]
    worst: list[Failure]


def find_failures(
    retrieval: RankedRetrieval, *, queries: int = 100, top: int = 10, best_rank: int = 2
) -> FailureSurvey:
    """Rank all queries and return the worst.

    Args:
        retrieval: The two sides.
        queries: How many at most.
        top: Pictures of a list.
        best_rank: A query whose first right picture is ranked higher is no failure.

    Raises:
        InputError: If ``queries``, ``top`` or ``best_rank`` is below 1, or no query has a right
            picture in the gallery.
    """
    if queries < 1 or best_rank < 1:
        raise InputError(f"{queries} queries from rank {best_rank}; expected 1 or more of each")
    statistics = retrieval.statistics()
    first, precision = statistics.first_rank, statistics.average_precision
    order = np.lexsort((precision, -first))
    chosen = [int(q) for q in order if first[q] >= best_rank][:queries]
    features = retrieval.query_features
    found = tqdm(chosen, desc="ranking", unit=" queries", delay=1.0, leave=False)
    worst = [_failure(retrieval, statistics, q, features[q], top) for q in found]
    rates = retrieval_rates(statistics, topk=retrieval.metric.topk)
    return FailureSurvey(rates, _count(first), worst)


def rank_bucket(first_rank: int) -> str:
    """Return the range of ranks that a rank is in, like "6-10"; 0 means that there is none."""
    if first_rank == 0:
        return NO_MATCH
    start = 1
    for end in _LAST_RANKS:
        if first_rank <= end:
            return str(end) if start == end else f"{start}-{end}"
        start = end + 1
    return _BEYOND


def _count(first_ranks: np.ndarray) -> dict[str, int]:
    names = [*(rank_bucket(end) for end in _LAST_RANKS), _BEYOND, NO_MATCH]
    counts = dict.fromkeys(names, 0)
    for rank in first_ranks.tolist():
        counts[rank_bucket(rank)] += 1
    return counts


def _failure(
    retrieval: RankedRetrieval, statistics: RankStatistics, q: int, feature: Tensor, top: int
) -> Failure:
    ranked = retrieval.rank_list(q, feature, top=top, to_first_right=True)
    first = int(statistics.first_rank[q])
    precision = float(statistics.average_precision[q])
    best = ranked.items[0]
    right = next((item.score for item in ranked.items if item.right), best.score)
    name = f"{ranked.name}, first right at {first}, AP {100 * precision:.1f} %"
    return Failure(
        replace(ranked, name=name),
        q,
        int(retrieval.query_ids[q]),
        first,
        precision,
        rank_bucket(first),
        "" if best.right else best.note,
        best.score - right,
    )
