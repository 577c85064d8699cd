import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.errors import InputError
from plipdet.functional.nearest_neighbours import _on_device, nearest_neighbours
from plipdet.functional.reranking import k_reciprocal_distances


def slow_distances(query, gallery, k1, k2, share):
    """The paper's sets and sums, one item at a time, as its authors scale them."""
    items = [*query, *gallery]
    items = [v / np.sqrt(sum(x * x for x in v)) for v in np.array(items, np.float64)]
    count = len(items)
    squared = [[sum((a - b) ** 2 for a, b in zip(p, q, strict=True)) for q in items] for p in items]
    scaled = [[d / (max(line) or 1) for d in line] for line in squared]

    def nearest(i, k):
        # Twins at distance 0 are told apart by their index; an item itself comes before all.
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
        weights = {j: np.exp(-scaled[i][j]) for j in members}
        total = sum(weights.values())
        vectors.append([weights.get(j, 0) / total for j in range(count)])
    means = [np.mean([vectors[j] for j in nearest(i, k2)], axis=0) for i in range(count)]
    result = np.empty((len(query), len(gallery)))
    for q in range(len(query)):
        for g in range(len(gallery)):
            pairs = list(zip(means[q], means[len(query) + g], strict=True))
            jaccard = 1 - sum(map(min, pairs)) / sum(map(max, pairs))
            result[q, g] = (1 - share) * jaccard + share * scaled[q][len(query) + g]
    return result


@st.composite
def problems(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    queries, items = draw(st.integers(1, 5)), draw(st.integers(6, 14))
    features = rng.normal(size=(queries + items, draw(st.integers(2, 5)))).astype(np.float32)
    if draw(st.booleans()):
        features[rng.integers(len(features))] = features[0]  # twins
    options = {"k1": draw(st.integers(1, 8)), "k2": draw(st.integers(1, 5))}
    share = draw(st.sampled_from([0, 0.3, 1]))
    return features[:queries], features[queries:], options, share


def distances(query, gallery, **options):
    chunks = k_reciprocal_distances(torch.as_tensor(query), torch.as_tensor(gallery), **options)
    return torch.cat([chunk.clone() for chunk in chunks])


@settings(max_examples=150, deadline=None)
@given(problems(), st.integers(1, 6))
def test_distances_are_those_of_the_definition(problem, chunk):
    query, gallery, options, share = problem
    ours = distances(query, gallery, **options, lambda_value=share, chunk=chunk)
    slow = slow_distances(query, gallery, *options.values(), share)
    np.testing.assert_allclose(ours.numpy(), slow, atol=1e-5)


def test_neither_chunk_nor_tiles_nor_order_of_the_gallery_matter(monkeypatch):
    features = torch.randn(300, 8, generator=torch.Generator().manual_seed(0))
    query, gallery = features[:40], features[40:]
    first = distances(query, gallery, chunk=40)
    monkeypatch.setattr("plipdet.functional.nearest_neighbours._TILE", 64)
    monkeypatch.setattr("plipdet.functional.k_reciprocal._ROWS", 50)
    order = torch.randperm(260, generator=torch.Generator().manual_seed(1))
    second = distances(query, gallery[order], chunk=7)
    torch.testing.assert_close(first[:, order], second, atol=1e-6, rtol=0)


@pytest.mark.parametrize("tile", [16, 100, 2048])
def test_neighbours_are_those_of_a_full_sort(monkeypatch, tile):
    monkeypatch.setattr("plipdet.functional.nearest_neighbours._TILE", tile)
    generator = torch.Generator().manual_seed(tile)
    features = F.normalize(torch.randn(230, 6, generator=generator), dim=1)
    features[100:110] = features[7]  # twins: the lower index first
    near = nearest_neighbours(features, 12)
    products = features.double() @ features.double().T
    torch.testing.assert_close(torch.from_numpy(near.least), products.amin(1).float())
    products = products.fill_diagonal_(2).numpy().round(12)
    np.testing.assert_array_equal(near.indices, np.argsort(-products, kind="stable")[:, :12])


def test_a_device_finds_the_same_neighbours():
    features = torch.randn(200, 5, generator=torch.Generator().manual_seed(3))
    indices, least = _on_device(features, 9, chunk=64)
    near = nearest_neighbours(features, 10)
    np.testing.assert_array_equal(indices, near.indices[:, 1:])
    np.testing.assert_allclose(least, near.least, rtol=1e-6)


def test_a_collapsed_model_is_not_a_number_nowhere():
    ours = distances(np.ones((3, 4)), np.ones((40, 4)))
    assert torch.isfinite(ours).all()


def test_half_precision_features_are_multiplied_in_single():
    features = torch.randn(90, 16, generator=torch.Generator().manual_seed(5)).half()
    ours = distances(features[:9], features[9:])
    torch.testing.assert_close(ours, distances(features[:9].float(), features[9:].float()))
    assert ours.dtype == torch.float32


@pytest.mark.parametrize("options", [{"k1": 0}, {"k2": 0}, {"lambda_value": 1.5}])
def test_options_have_a_range(options):
    with pytest.raises(InputError, match="expected whole"):
        distances(torch.ones(2, 3), torch.ones(2, 3), **options)
