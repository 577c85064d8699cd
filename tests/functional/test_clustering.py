import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN

from plipdet.errors import InputError
from plipdet.functional import clustering
from plipdet.functional.clustering import OUTLIER, cluster, jaccard_neighbours


def slow_distances(features, k1, k2):
    """The sets and sums of the paper for every pair, one at a time, in double precision."""
    items = [v / np.sqrt(sum(x * x for x in v)) for v in np.array(features, np.float64)]
    count = len(items)
    squared = [[sum((a - b) ** 2 for a, b in zip(p, q, strict=True)) for q in items] for p in items]

    def nearest(i, k):
        order = sorted(range(count), key=lambda j: (j != i, round(squared[i][j], 9), j))
        return order[:k]

    def reciprocal(i, k):
        return {j for j in nearest(i, k + 1) if i in nearest(j, k + 1)}

    vectors = []
    for i in range(count):
        core = reciprocal(i, k1)
        members = set(core)
        for j in core:
            half = reciprocal(j, round(k1 / 2))
            if 3 * len(half & core) > 2 * len(half):
                members |= half
        weights = {j: np.exp(-squared[i][j]) for j in members}
        vectors.append([weights.get(j, 0) / sum(weights.values()) for j in range(count)])
    means = [np.mean([vectors[j] for j in nearest(i, k2)], axis=0) for i in range(count)]
    return np.array(
        [[1 - np.minimum(a, b).sum() / np.maximum(a, b).sum() for b in means] for a in means]
    )


@st.composite
def problems(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, people = draw(st.integers(2, 30)), draw(st.integers(1, 6))
    centres = rng.normal(size=(people, draw(st.integers(2, 5))))
    features = centres[rng.integers(people, size=count)]
    features = features + draw(st.sampled_from([0.1, 0.5])) * rng.normal(size=features.shape)
    if draw(st.booleans()):
        features[rng.integers(count)] = features[0]  # twins
    k1, k2 = draw(st.integers(1, 12)), draw(st.integers(1, 6))
    return features.astype(np.float32), k1, k2, draw(st.sampled_from([0.3, 0.6, 0.9]))


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(1, 5))
def test_distances_and_clusters_are_those_of_the_definition(problem, min_samples):
    features, k1, k2, eps = problem
    wanted = slow_distances(features, k1, k2)
    eps += 1e-5  # as no distance is likely to be
    found = jaccard_neighbours(torch.from_numpy(features), k1=k1, k2=k2, eps=eps)
    there = np.zeros(found.shape, bool)
    there[found.nonzero()] = True
    kept = np.asarray(found.todense())
    within = wanted <= eps
    np.testing.assert_array_equal(there | np.eye(len(there), dtype=bool), within)
    np.testing.assert_allclose(kept[within], wanted[within], atol=1e-6)
    labels = cluster(torch.from_numpy(features), k1=k1, k2=k2, eps=eps, min_samples=min_samples)
    dense = DBSCAN(eps=eps, min_samples=min_samples, metric="precomputed")
    np.testing.assert_array_equal(labels, dense.fit_predict(np.maximum(wanted, 0)))


def people(count, pictures, *, spread=0.1, dim=16):
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(count, dim, generator=generator).repeat_interleave(pictures, dim=0)
    return centres + spread * torch.randn(centres.shape, generator=generator)


def test_people_far_apart_are_found_in_any_order_and_number_of_rows(monkeypatch):
    features = people(30, 8)
    labels = cluster(features, k1=8, k2=3, eps=0.5)
    np.testing.assert_array_equal(labels, np.arange(240) // 8)
    monkeypatch.setattr(clustering, "_ROWS", 7)
    order = torch.randperm(240, generator=torch.Generator().manual_seed(1))
    again = cluster(features[order], k1=8, k2=3, eps=0.5)
    assert len({(a, b) for a, b in zip(labels[order], again, strict=True)}) == 30


def test_strangers_are_outliers():
    strangers = torch.randn(20, 16, generator=torch.Generator().manual_seed(2))
    labels = cluster(torch.cat([people(10, 8), strangers]), k1=8, k2=2, eps=0.5)
    assert (labels[:80] >= 0).all() and (labels[80:] == OUTLIER).mean() > 0.7


def test_more_pairs_than_memory_is_meant_for_are_told(monkeypatch):
    monkeypatch.setattr(clustering, "_FEWEST_PAIRS", 100)
    monkeypatch.setattr(clustering, "_PAIRS_OF_ONE", 2)
    with pytest.raises(InputError, match="nearly all are alike"):
        cluster(torch.ones(60, 4))


@pytest.mark.parametrize("options", [{"k1": 0}, {"eps": 1.0}, {"eps": 0}, {"min_samples": 0}])
def test_options_have_a_range(options):
    with pytest.raises(InputError, match="expected"):
        cluster(torch.ones(3, 2), **options)


def test_features_that_are_no_numbers_are_told():
    with pytest.raises(InputError, match="not finite"):
        cluster(torch.tensor([[1.0, torch.nan], [1.0, 0.0]]))
