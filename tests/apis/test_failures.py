import numpy as np
import pytest

from plipdet.apis import RankedRetrieval
from plipdet.apis.failures import NO_MATCH, find_failures, rank_bucket
from plipdet.engine.config import load_config
from plipdet.errors import InputError


@pytest.fixture(scope="module")
def retrieval(cfg, task):
    return RankedRetrieval.from_config(task, cfg)


def test_worst_first_by_rank_and_then_by_precision(retrieval):
    statistics = retrieval.statistics()
    survey = find_failures(retrieval, queries=100, best_rank=1)
    keys = [(-f.first_rank, f.average_precision) for f in survey.worst]
    assert keys == sorted(keys)
    assert sorted(f.item for f in survey.worst) == list(range(8))
    for f in survey.worst:
        assert f.first_rank == statistics.first_rank[f.item]
        assert f.ranked.items[0].right == (f.first_rank == 1)
        assert (f.mistaken_for == "") == (f.first_rank == 1)
        assert (f.margin > 0) == (f.first_rank > 1)
        assert f.bucket == rank_bucket(f.first_rank)
        assert f"first right at {f.first_rank}" in f.ranked.name
    assert sum(survey.buckets.values()) == 8
    assert survey.buckets["1"] == (statistics.first_rank == 1).sum()
    assert survey.rates["rank1"] == pytest.approx(100 * np.mean(statistics.first_rank == 1))


def test_only_as_many_and_as_bad_as_asked_for(retrieval):
    every = find_failures(retrieval, best_rank=1).worst
    assert [f.item for f in find_failures(retrieval, queries=2).worst] == [
        f.item for f in every[:2]
    ]
    assert all(f.first_rank > 2 for f in find_failures(retrieval, best_rank=3).worst)


def test_a_query_without_right_picture_is_counted_and_not_shown(image_config, task):
    retrieval = RankedRetrieval.from_config(task, load_config(image_config))
    retrieval.query_ids = np.where(np.arange(8) < 2, 77, retrieval.query_ids)
    survey = find_failures(retrieval, best_rank=1)
    assert survey.buckets[NO_MATCH] == 2
    assert sorted(f.item for f in survey.worst) == list(range(2, 8))


@pytest.mark.parametrize(
    ("rank", "bucket"),
    [(0, NO_MATCH), (1, "1"), (2, "2-5"), (5, "2-5"), (6, "6-10"), (100, "51-100")],
)
def test_buckets(rank, bucket):
    assert rank_bucket(rank) == bucket
    assert rank_bucket(101) == "over 100"


def test_nothing_asked_for(retrieval):
    with pytest.raises(InputError, match="expected 1 or more"):
        find_failures(retrieval, queries=0)
