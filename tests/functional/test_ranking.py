import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.errors import InputError
from plipdet.functional.ranking import RankStatistics, rank_gallery, top_of_gallery
from plipdet.functional.retrieval_rates import chance_rates, retrieval_rates

TOPK = (1, 2, 5)


def slow_rates(query, gallery, query_ids, gallery_ids, query_cameras, gallery_cameras):
    """CMC, AP and INP from their definitions, one list a query; wrong first among equals."""
    per_query = []
    for q in range(len(query)):
        ranked = []
        for g in range(len(gallery)):
            same = query_ids[q] == gallery_ids[g]
            if query_cameras is not None and same and query_cameras[q] == gallery_cameras[g]:
                continue
            score = sum(a * b for a, b in zip(query[q], gallery[g], strict=True))
            ranked.append((-score, bool(same)))
        ranked.sort()  # False, wrong, before True at equal score
        hits = [place for place, (_, same) in enumerate(ranked, start=1) if same]
        if hits:
            precision = [n / place for n, place in enumerate(hits, start=1)]
            per_query.append(
                {f"rank{k}": 100.0 * (hits[0] <= k) for k in TOPK}
                | {
                    "mAP": 100 * sum(precision) / len(hits),
                    "mINP": 100 * len(hits) / hits[-1],
                }
            )
    if not per_query:
        return None
    return {k: sum(r[k] for r in per_query) / len(per_query) for k in per_query[0]}


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


@settings(max_examples=2000, deadline=None)
@given(problems())
def test_rates_are_those_of_the_definitions(problem):
    chunk = problem.pop("chunk")
    expected = slow_rates(**problem)
    tensors = {k: torch.from_numpy(problem.pop(k)) for k in ("query", "gallery")}
    statistics = rank_gallery(**tensors, **problem, chunk=chunk)
    if expected is None:
        with pytest.raises(InputError, match="none of the"):
            retrieval_rates(statistics, topk=TOPK)
    else:
        assert retrieval_rates(statistics, topk=TOPK) == pytest.approx(expected, abs=1e-9)


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


def test_rows_must_agree():
    with pytest.raises(InputError, match="3 identities"):
        rank_gallery(
            torch.ones(2, 3), torch.ones(3, 3), query_ids=np.arange(3), gallery_ids=np.arange(3)
        )


def test_top_of_gallery_leaves_out_what_is_not_valid():
    scores, indices = top_of_gallery(
        torch.tensor([[1.0]]),
        torch.tensor([[0.1], [0.9], [0.5]]),
        count=2,
        valid=torch.tensor([[True, False, True]]),
    )
    assert indices.tolist() == [[2, 0]]
    torch.testing.assert_close(scores, torch.tensor([[0.5, 0.1]]))
