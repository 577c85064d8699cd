import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.functional.metric_learning import batch_hard_triplets, centre_loss, centre_steps


@st.composite
def cases(draw):
    """Features of some ranks' pictures with identities, and how many of them are anchors."""
    count = draw(st.integers(1, 8))
    seed = draw(st.integers(0, 2**31))
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(count, 3, generator=generator, dtype=torch.float64)
    ids = torch.tensor(draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)))
    return features, ids, draw(st.integers(1, count))


def _by_the_definition(features, ids, anchors, margin):
    losses = []
    for a in range(anchors):
        positives, negatives = [], []
        for other in range(len(features)):
            distance = math.dist(features[a], features[other])
            if ids[other] != ids[a]:
                negatives.append(distance)
            elif other != a:
                positives.append(distance)
        if not positives or not negatives:
            losses.append(None)
            continue
        gap = max(positives) - min(negatives)
        losses.append(math.log1p(math.exp(gap)) if margin is None else max(0.0, margin + gap))
    return losses


@settings(max_examples=200, deadline=None)
@given(cases(), st.sampled_from([0.0, 0.3, 1.2, None]))
def test_triplets_equal_the_slow_loop(case, margin):
    features, ids, anchors = case
    found = batch_hard_triplets(
        features[:anchors],
        features,
        anchor_ids=ids[:anchors],
        candidate_ids=ids,
        margin=margin,
    )
    wanted = _by_the_definition(features.tolist(), ids.tolist(), anchors, margin)
    assert found.valid.tolist() == [value is not None for value in wanted]
    assert found.loss.tolist() == pytest.approx([value or 0.0 for value in wanted], rel=1e-9)


def test_triplets_by_hand():
    features = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 2.0], [9.0, 0.0]])
    ids = torch.tensor([7, 7, 8, 9])
    found = batch_hard_triplets(features, features, anchor_ids=ids, candidate_ids=ids, margin=0.5)
    assert found.valid.tolist() == [True, True, False, False]
    assert found.positive[:2].tolist() == [5.0, 5.0]
    assert found.negative[:2].tolist() == pytest.approx([2.0, math.sqrt(13)])
    assert found.loss.tolist() == pytest.approx([3.5, 5.5 - math.sqrt(13), 0, 0])


@pytest.mark.parametrize("margin", [0.3, None])
def test_gradient_of_triplets(margin):
    torch.manual_seed(0)
    features = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    ids = torch.tensor([1, 1, 1, 2, 2, 3])

    def loss(x):
        return batch_hard_triplets(x, x, anchor_ids=ids, candidate_ids=ids, margin=margin).loss

    assert torch.autograd.gradcheck(loss, features)


@pytest.mark.parametrize("margin", [0.3, None])
def test_equal_pictures_have_a_finite_gradient(margin):
    features = torch.ones(4, 3, requires_grad=True)
    ids = torch.tensor([1, 1, 2, 2])
    found = batch_hard_triplets(
        features, features, anchor_ids=ids, candidate_ids=ids, margin=margin
    )
    found.loss.sum().backward()
    assert torch.equal(features.grad, torch.zeros_like(features))


def test_small_distances_of_long_features_are_kept():
    features = 1000 * torch.ones(3, 64)
    features[1, 0] += 1e-3
    features[2] += 1
    ids = torch.tensor([1, 1, 2])
    found = batch_hard_triplets(features, features, anchor_ids=ids, candidate_ids=ids)
    assert found.positive[0].item() == pytest.approx(1e-3, rel=0.05)


def test_centre_loss_by_hand():
    features = torch.tensor([[0.0, 1.0], [2.0, 2.0]], dtype=torch.float64, requires_grad=True)
    centres = torch.tensor([[0.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    assert centre_loss(features, centres).item() == pytest.approx((1 + 5) / 2)
    assert torch.autograd.gradcheck(lambda x: centre_loss(x, centres), features)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_centre_steps_equal_the_slow_loop(case):
    features, labels, _ = case
    centres = torch.randn(4, 3, dtype=torch.float64)
    wanted = torch.zeros_like(centres)
    for j in range(4):
        own = [features[i] for i in range(len(features)) if labels[i] == j]
        for feature in own:
            wanted[j] += (centres[j] - feature) / (1 + len(own))
    torch.testing.assert_close(centre_steps(features, centres, labels), wanted, rtol=1e-9, atol=0)
