import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.functional.contrastive import (
    cross_modal_projection_classification,
    cross_modal_projection_matching,
    divergence_from_matches,
    info_nce,
    similarity_distribution_matching,
)
from plipdet.functional.mean_in_chunks import mean_in_chunks

ONE_WAY = [cross_modal_projection_matching, similarity_distribution_matching, info_nce]


def _dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def _softmax(scores):
    top = max(scores)
    exps = [math.exp(s - top) for s in scores]
    return [e / sum(exps) for e in exps]


def _slow(anchors, candidates, anchor_ids, candidate_ids, similarity, loss):
    """Mean over anchors of ``loss(probabilities, matches)``, term by term."""
    total = 0.0
    for anchor, own in zip(anchors, anchor_ids, strict=True):
        p = _softmax([similarity(anchor, c) for c in candidates])
        total += loss(p, [float(own == other) for other in candidate_ids])
    return total / len(anchors)


def _projection(a, c):
    return _dot(a, c) / math.sqrt(_dot(c, c))


def _cosine(temperature):
    return lambda a, c: _projection(a, c) / math.sqrt(_dot(a, a)) / temperature


def _kl_l2(p, y):
    norm = math.sqrt(sum(v * v for v in y))
    return sum(pj * math.log(pj / (yj / norm + 1e-8)) for pj, yj in zip(p, y, strict=True))


def _kl_sum(p, y):
    return sum(pj * math.log(pj / (yj / sum(y) + 1e-8)) for pj, yj in zip(p, y, strict=True))


def _entropy(p, y):
    return -sum(yj / sum(y) * math.log(pj) for pj, yj in zip(p, y, strict=True))


PAPER = {
    cross_modal_projection_matching: (_projection, _kl_l2),
    similarity_distribution_matching: (_cosine(0.02), _kl_sum),
    info_nce: (_cosine(0.07), _entropy),
}


def _draw(seed, anchors, candidates, identities):
    """Random embeddings in which every anchor has a match."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(anchors, 5, generator=generator, dtype=torch.float64)
    z = torch.randn(candidates, 5, generator=generator, dtype=torch.float64)
    candidate_ids = torch.randint(identities, (candidates,), generator=generator)
    picked = torch.randint(candidates, (anchors,), generator=generator)
    return x, z, candidate_ids[picked], candidate_ids


sizes = st.integers(1, 6)


@pytest.mark.parametrize("function", ONE_WAY)
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), anchors=sizes, candidates=sizes, identities=st.integers(1, 4))
def test_one_way_equals_paper_loop(function, seed, anchors, candidates, identities):
    x, z, x_ids, z_ids = _draw(seed, anchors, candidates, identities)
    value = function(x, z, anchor_ids=x_ids, candidate_ids=z_ids)
    slow = _slow(x.tolist(), z.tolist(), x_ids.tolist(), z_ids.tolist(), *PAPER[function])
    assert value.item() == pytest.approx(slow, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("function", ONE_WAY)
@pytest.mark.parametrize("chunk", [1, 4, 6])
def test_anchors_in_chunks_give_the_same_loss_and_gradient(function, chunk):
    x, z, x_ids, z_ids = _draw(4, 6, 9, 3)
    found = []
    for size in (None, chunk):
        anchors, candidates = x.clone().requires_grad_(), z.clone().requires_grad_()
        loss = function(anchors, candidates, anchor_ids=x_ids, candidate_ids=z_ids, chunk=size)
        (3 * loss).backward()
        found.append((loss.detach(), anchors.grad, candidates.grad))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14)


def test_no_chunk_compares_more_anchors_than_allowed():
    seen = []

    def loss(logits, ids):
        seen.append((*logits.shape, len(ids), torch.is_grad_enabled()))
        return logits.sin().mean()

    anchors, candidates = torch.randn(7, 2), torch.randn(9, 2)
    ids = torch.arange(7)
    whole = loss(anchors @ torch.nn.functional.normalize(candidates, dim=1).T, ids)
    seen.clear()
    mean = mean_in_chunks(loss, anchors, candidates, ids, chunk=3)
    torch.testing.assert_close(mean, whole)
    assert seen == [
        (3, 9, 3, False),
        (3, 9, 3, False),
        (1, 9, 1, False),
    ]  # nothing asks for a gradient
    seen.clear()
    anchors.requires_grad_()
    mean_in_chunks(loss, anchors, candidates, ids, chunk=3).backward()
    assert seen == [(3, 9, 3, True), (3, 9, 3, True), (1, 9, 1, True)]
    with torch.no_grad():
        assert not mean_in_chunks(loss, anchors, candidates, ids, chunk=3).requires_grad


@pytest.mark.parametrize("function", ONE_WAY)
def test_one_way_does_not_depend_on_order(function):
    x, z, x_ids, z_ids = _draw(3, 6, 8, 3)
    order_x, order_z = torch.randperm(6), torch.randperm(8)
    value = function(x, z, anchor_ids=x_ids, candidate_ids=z_ids)
    shuffled = function(
        x[order_x], z[order_z], anchor_ids=x_ids[order_x], candidate_ids=z_ids[order_z]
    )
    torch.testing.assert_close(shuffled, value, rtol=1e-12, atol=0)


@pytest.mark.parametrize("function", ONE_WAY)
def test_one_way_gradient(function):
    x, z, x_ids, z_ids = _draw(5, 3, 4, 2)
    x, z = 0.1 * x.requires_grad_(), z.requires_grad_()

    def loss(anchors, candidates):
        return function(anchors, candidates, anchor_ids=x_ids, candidate_ids=z_ids)

    assert torch.autograd.gradcheck(loss, (x, z))


def test_divergence_by_hand():
    # p = (3/4, 1/4); q of the row (1, 1) is (1/2, 1/2), or (1/sqrt 2, 1/sqrt 2)
    logits = torch.tensor([[math.log(3.0), 0.0]], dtype=torch.float64)
    matches = torch.tensor([[True, True]])
    by_sum = divergence_from_matches(logits, matches, norm="sum", eps=0.0)
    by_l2 = divergence_from_matches(logits, matches, norm="l2", eps=0.0)
    expected = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    assert by_sum.item() == pytest.approx(expected, rel=1e-12)
    assert by_l2.item() == pytest.approx(expected - 0.5 * math.log(2), rel=1e-12)


def test_matching_by_hand():
    # One anchor on the axis of its match: logits (2, 0), q = (1, 0), eps only where q is 0
    anchor, candidates = torch.tensor([[2.0, 0.0]]).double(), torch.eye(2).double()
    ids = {"anchor_ids": torch.tensor([7]), "candidate_ids": torch.tensor([7, 8])}
    p = 1 / (1 + math.exp(-2))
    expected = p * math.log(p / (1 + 1e-8)) + (1 - p) * math.log((1 - p) / 1e-8)
    assert cross_modal_projection_matching(anchor, candidates, **ids).item() == pytest.approx(
        expected, rel=1e-12
    )
    # The cosine forgets the anchor's length: logits (1, 0) at temperature 1
    p = 1 / (1 + math.exp(-1))
    expected = p * math.log(p / (1 + 1e-8)) + (1 - p) * math.log((1 - p) / 1e-8)
    value = similarity_distribution_matching(anchor, candidates, temperature=1.0, **ids)
    assert value.item() == pytest.approx(expected, rel=1e-12)
    value = info_nce(anchor, candidates, temperature=0.5, **ids)
    assert value.item() == pytest.approx(math.log(1 + math.exp(-2)), rel=1e-12)


def test_classification_by_hand():
    # x = (3, 4), z = (0, 2): x on z is (0, 4); z on x/5 is 1.6 (0.6, 0.8) = (0.96, 1.28)
    image, text = torch.tensor([[3.0, 4.0]]).double(), torch.tensor([[0.0, 2.0]]).double()
    weight = torch.tensor([[2.0, 0.0], [0.0, 9.0]]).double()  # columns of length 1: the identity
    value = cross_modal_projection_classification(
        image, text, labels=torch.tensor([1]), weight=weight
    )
    expected = math.log(1 + math.exp(-4)) + math.log(1 + math.exp(0.96 - 1.28))
    assert value.item() == pytest.approx(expected, rel=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), pairs=sizes, classes=sizes)
def test_classification_equals_paper_loop(seed, pairs, classes):
    generator = torch.Generator().manual_seed(seed)
    x, z = torch.randn(2, pairs, 4, generator=generator, dtype=torch.float64)
    weight = torch.randn(4, classes, generator=generator, dtype=torch.float64)
    labels = torch.randint(classes, (pairs,), generator=generator)
    value = cross_modal_projection_classification(x, z, labels=labels, weight=weight).item()
    columns = [[w / math.sqrt(_dot(c, c)) for w in c] for c in weight.T.tolist()]
    slow = 0.0
    for own, other in ((x.tolist(), z.tolist()), (z.tolist(), x.tolist())):
        for a, b, label in zip(own, other, labels.tolist(), strict=True):
            length = math.sqrt(_dot(b, b))
            projected = [_dot(a, b) / length * v / length for v in b]
            slow -= math.log(_softmax([_dot(projected, c) for c in columns])[label]) / pairs
    assert value == pytest.approx(slow, rel=1e-9, abs=1e-12)


def test_classification_gradient():
    x, z, labels, _ = _draw(1, 3, 3, 2)
    weight = torch.randn(5, 2, dtype=torch.float64, requires_grad=True)

    def loss(image, text, weight):
        return cross_modal_projection_classification(image, text, labels=labels, weight=weight)

    assert torch.autograd.gradcheck(loss, (x.requires_grad_(), z.requires_grad_(), weight))


@pytest.mark.parametrize("name", ["cmpm", "cmpc"])
def test_equals_authors_values_and_gradients(name, golden_losses):
    image = golden_losses["image_embeddings"].clone().requires_grad_()
    text = golden_losses["text_embeddings"].clone().requires_grad_()
    ids = golden_losses["person_ids"]
    if name == "cmpm":
        pair = {"anchor_ids": ids, "candidate_ids": ids}
        loss = cross_modal_projection_matching(image, text, **pair)
        loss = loss + cross_modal_projection_matching(text, image, **pair)
    else:
        weight = golden_losses["cmpc_weight"]
        loss = cross_modal_projection_classification(image, text, labels=ids, weight=weight)
    loss.backward()
    assert loss.item() == pytest.approx(golden_losses[name].item(), rel=1e-5)
    for found, side in ((image.grad, "image"), (text.grad, "text")):
        wanted = golden_losses[f"{name}_grad_{side}"]
        assert (found - wanted).abs().max() <= 1e-5 * wanted.abs().max()
