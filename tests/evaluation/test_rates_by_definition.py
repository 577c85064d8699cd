"""RetrievalMetric against the protocols' definitions, written out one picture at a time."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.errors import InputError
from plipdet.evaluation import RetrievalMetric

TOPK = (1, 2, 5)


def slow_rates(query, gallery, *, ids, cameras, pictures, junk):
    """CMC, AP and INP from their definitions, one list a query; wrong first among equals."""
    per_query = []
    for q in range(len(query)):
        ranked = []
        for g in range(len(gallery)):
            same = ids[0][q] == ids[1][g]
            if ids[1][g] == junk:
                continue
            if any(rule and same and rule[0][q] == rule[1][g] for rule in (cameras, pictures)):
                continue
            score = sum(a * b for a, b in zip(query[q], gallery[g], strict=True))
            ranked.append((-score, bool(same)))
        ranked.sort()  # False, wrong, before True at equal score
        hits = [place for place, (_, same) in enumerate(ranked, start=1) if same]
        if hits:
            precision = [n / place for n, place in enumerate(hits, start=1)]
            per_query.append(
                {f"rank{k}": 100.0 * (hits[0] <= k) for k in TOPK}
                | {"mAP": 100 * sum(precision) / len(hits), "mINP": 100 * len(hits) / hits[-1]}
            )
    if not per_query:
        return None
    mean = {k: sum(r[k] for r in per_query) / len(per_query) for k in per_query[0]}
    return {**mean, "queries": len(per_query), "queries_without_match": len(query) - len(per_query)}


@st.composite
def problems(draw):
    queries, items, width = (draw(st.integers(1, most)) for most in (6, 24, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spread = draw(st.integers(0, 2))  # few whole numbers: exact ties, products without rounding

    def features(n):
        return rng.integers(-spread, spread + 1, (n, width)).astype(np.float32)

    def facts(kinds):
        return None if kinds is None else [rng.integers(0, kinds, n) for n in (queries, items)]

    return {
        "query": features(queries),
        "gallery": features(items),
        "ids": facts(draw(st.integers(1, 5))),
        "cameras": facts(draw(st.sampled_from([None, 1, 3]))),
        "pictures": facts(draw(st.sampled_from([None, 2, 20]))),
        "junk": draw(st.sampled_from([-1, 0])),
    }


def metric_rates(problem, *, dtype=torch.float32, **options):
    metric = RetrievalMetric(
        TOPK,
        exclude_same_camera=problem["cameras"] is not None,
        leave_one_out=problem["pictures"] is not None,
        junk_ids=(problem["junk"],),
        normalise=False,
        **options,
    )
    facts = {}
    for name in ("ids", "cameras", "pictures"):
        sides = problem[name] or (None, None)
        facts.update({f"query_{name}": sides[0], f"gallery_{name}": sides[1]})
    tensors = (torch.from_numpy(problem[k]).to(dtype) for k in ("query", "gallery"))
    return metric.evaluate(*tensors, **facts)


@settings(max_examples=2000, deadline=None)
@given(problems(), st.integers(1, 7), st.sampled_from([torch.float16, torch.float32]))
def test_rates_are_those_of_the_definitions(problem, chunk, dtype):
    expected = slow_rates(**problem)
    if (problem["ids"][1] == problem["junk"]).all():
        with pytest.raises(InputError, match="nothing to rank"):
            metric_rates(problem)
    elif expected is None:
        with pytest.raises(InputError, match="none of the"):
            metric_rates(problem)
    else:
        found = metric_rates(problem, dtype=dtype, chunk=chunk)
        assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-9)
        assert found["cmc"] == sorted(found["cmc"])
        assert found["cmc"][0] == found["rank1"]
