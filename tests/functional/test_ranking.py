import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.errors import InputError
from plipdet.functional import device_rank_counting, rank_counting
from plipdet.functional.device_rank_counting import count_wrong_above_on_device
from plipdet.functional.gallery_matches import GalleryMatches
from plipdet.functional.rank_counting import count_wrong_above, threads
from plipdet.functional.ranking import RankStatistics, dot_products, rank_scores
from plipdet.functional.retrieval_rates import chance_rates, retrieval_rates


def rank_gallery(query, gallery, *, chunk=None, **whose):
    return rank_scores(dot_products(query, gallery, chunk=chunk), GalleryMatches(**whose))


@st.composite
def problems(draw):
    queries = draw(st.integers(1, 6))
    items = draw(st.integers(1, 24))
    width = draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spread = draw(st.integers(0, 2))  # few whole numbers: exact ties, products without rounding
    identities = draw(st.integers(1, 5))
    cameras = draw(st.sampled_from([None, 1, 3]))

    def features(n):
        return rng.integers(-spread, spread + 1, (n, width)).astype(np.float32)

    return {
        "query": features(queries),
        "gallery": features(items),
        "query_ids": rng.integers(0, identities, queries),
        "gallery_ids": rng.integers(0, identities, items),
        "query_cameras": None if cameras is None else rng.integers(0, cameras, queries),
        "gallery_cameras": None if cameras is None else rng.integers(0, cameras, items),
        "chunk": draw(st.integers(1, 7)),
    }


@settings(max_examples=300, deadline=None)
@given(problems(), st.integers(0, 1000))
def test_neither_chunk_nor_order_of_the_gallery_matter(problem, seed):
    chunk = problem.pop("chunk")
    order = np.random.default_rng(seed).permutation(len(problem["gallery"]))
    shuffled = dict(problem)
    for name in ("gallery", "gallery_ids", "gallery_cameras"):
        shuffled[name] = None if problem[name] is None else problem[name][order]
    results = []
    for case, size in ((problem, chunk), (shuffled, 100)):
        tensors = {k: torch.from_numpy(case[k]) for k in ("query", "gallery")}
        results.append(rank_gallery(**{**case, **tensors}, chunk=size))
    for name in ("first_rank", "last_rank", "right", "candidates", "average_precision"):
        np.testing.assert_array_equal(getattr(results[0], name), getattr(results[1], name))


def test_hand_computed_ranking():
    # Scores 0.9 wrong, 0.8 right, 0.5 wrong, 0.4 right, 0.1 wrong: right at places 2 and 4.
    statistics = rank_gallery(
        torch.tensor([[1.0]]),
        torch.tensor([[0.1], [0.8], [0.9], [0.4], [0.5]]),
        query_ids=np.array([7]),
        gallery_ids=np.array([1, 7, 2, 7, 3]),
    )
    rates = retrieval_rates(statistics)
    assert rates == {"rank1": 0, "rank5": 100, "rank10": 100, "mAP": 50, "mINP": 50}


def test_a_collapsed_model_gets_the_worst_result():
    statistics = rank_gallery(
        torch.ones(1, 4),
        torch.ones(10, 4),
        query_ids=np.array([0]),
        gallery_ids=np.array([0] + 9 * [1]),
    )
    assert statistics.first_rank.tolist() == [10]
    assert retrieval_rates(statistics, topk=(1,))["mAP"] == pytest.approx(10)


def test_same_camera_is_left_out_and_a_query_without_match_is_not_counted():
    statistics = rank_gallery(
        torch.tensor([[1.0], [1.0]]),
        torch.tensor([[0.9], [0.8], [0.7]]),
        query_ids=np.array([1, 2]),
        gallery_ids=np.array([1, 2, 1]),
        query_cameras=np.array([1, 1]),
        gallery_cameras=np.array([1, 1, 2]),
    )
    # Query 0 loses item 0 and finds item 2 behind item 1; query 1 loses its only right item.
    assert statistics.first_rank.tolist() == [2, 0]
    assert statistics.candidates.tolist() == [2, 2]
    assert retrieval_rates(statistics, topk=(1, 2)) == {
        "rank1": 0,
        "rank2": 100,
        "mAP": 50,
        "mINP": 50,
    }


@pytest.fixture(params=["comparing", "cells"])
def way(request, monkeypatch):
    """Either of the two ways to count, for queries with any number of right items."""
    monkeypatch.setattr(rank_counting, "_count_rows", rank_counting._count_rows.py_func)
    monkeypatch.setattr(rank_counting, "_FEW", {"comparing": 10**6, "cells": 0}[request.param])


def counting_problem(seed, *, queries=4, items=3000, levels=50, dtype=np.float32):
    """Scores with ties and some that are equal within rounding, and who is right."""
    rng = np.random.default_rng(seed)
    scores = (rng.integers(0, levels, (queries, items)) / 7).astype(dtype)
    scores *= 1 + rng.integers(0, 2, scores.shape) * np.finfo(dtype).eps
    ids = rng.integers(0, 4, items)
    cameras = (rng.integers(0, 2, queries), rng.integers(0, 3, items))
    matches = GalleryMatches(
        rng.integers(0, 5, queries), ids, query_cameras=cameras[0], gallery_cameras=cameras[1]
    )
    return scores, matches.rows(0, queries)


def slow_counts(scores, rows):
    counts = []
    for row, begin, end in zip(scores, rows.ends[:-1], rows.ends[1:], strict=True):
        same = rows.items[begin:end]
        wrong = np.delete(row, same)
        for threshold in sorted(row[same[rows.right[begin:end]]], reverse=True):
            counts.append(int((wrong >= threshold).sum()))
    return counts


@pytest.mark.parametrize("levels", [1, 2, 50, 10**6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_ways_count_what_is_above(way, levels, dtype):
    scores, rows = counting_problem(levels, queries=2, items=700, levels=levels, dtype=dtype)
    with threads() as pool:
        ours = count_wrong_above(scores, rows, pool)
    assert ours.tolist() == slow_counts(scores, rows)


@pytest.mark.parametrize("levels", [1, 50, 10**6])
def test_queries_with_hundreds_of_right_items(levels):
    scores, rows = counting_problem(levels, levels=levels)
    assert np.diff(rows.of_right().ends).max() > 400
    with threads() as pool:
        ours = count_wrong_above(scores, rows, pool)
    assert ours.tolist() == slow_counts(scores, rows)


@pytest.mark.parametrize("few", [0, 10**6])
@pytest.mark.parametrize("levels", [1, 50, 10**6])
def test_a_device_counts_the_same(monkeypatch, few, levels):
    monkeypatch.setattr(device_rank_counting, "_FEW", few)
    scores, rows = counting_problem(levels, items=500, levels=levels)
    ours = count_wrong_above_on_device(torch.from_numpy(scores), rows)
    assert ours.tolist() == slow_counts(scores, rows)


def test_scores_that_are_no_numbers_or_infinite_are_counted_in_peace(way):
    scores, rows = counting_problem(0, items=300)
    wrong = np.setdiff1d(np.arange(300), rows.items[: rows.ends[1]])
    before = slow_counts(scores[:1], counting_first(rows))
    scores[0, wrong[:3]] = np.nan, np.inf, -np.inf
    with threads() as pool:
        ours = count_wrong_above(scores[:1], counting_first(rows), pool)
    assert (np.abs(ours - before) <= 3).all()


def counting_first(rows):
    end = rows.ends[1]
    return type(rows)(rows.items[:end], rows.right[:end], rows.ends[:2])


def test_double_precision_scores_are_not_rounded():
    near = torch.tensor([[1.0], [1.0 + 1e-12]], dtype=torch.float64)
    statistics = rank_gallery(
        torch.ones(1, 1, dtype=torch.float64),
        near,
        query_ids=np.array([1]),
        gallery_ids=np.array([0, 1]),
    )
    assert statistics.first_rank.tolist() == [1]


@pytest.mark.parametrize(("right", "total"), [(1, 4), (2, 5), (3, 6), (4, 4)])
def test_chance_is_the_mean_over_all_orders(right, total):
    orders = list(itertools.combinations(range(1, total + 1), right))
    precision = [sum(n / p for n, p in enumerate(o, start=1)) / right for o in orders]
    statistics = RankStatistics(*(np.array([v]) for v in (1, 1, right, total)), np.array([0.0]))
    rates = chance_rates(statistics, topk=(1, 3))
    assert rates["mAP"] == pytest.approx(100 * np.mean(precision))
    for k in (1, 3):
        assert rates[f"rank{k}"] == pytest.approx(100 * np.mean([o[0] <= k for o in orders]))


@pytest.mark.parametrize("side", ["query", "gallery"])
def test_a_feature_that_is_not_finite_is_named(side):
    features = {"query": torch.ones(2, 3), "gallery": torch.ones(2, 3)}
    features[side][1, 2] = torch.nan
    with pytest.raises(InputError, match=rf"1 of 2 {side} features are not finite, first row 1"):
        rank_gallery(**features, query_ids=np.arange(2), gallery_ids=np.arange(2))
