import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.functional.proxy_contrast import (
    followed,
    inter_camera_contrast,
    intra_camera_contrast,
    proxy_means,
)


def case(seed, *, proxies=9, batch=7, dim=4):
    generator = torch.Generator().manual_seed(seed)
    pairs = torch.randperm(12, generator=generator)[:proxies].sort().values
    vectors = F.normalize(torch.randn(proxies, dim, generator=generator).double(), dim=1)
    features = F.normalize(torch.randn(batch, dim, generator=generator).double(), dim=1)
    places = torch.randint(proxies, (batch,), generator=generator)
    return vectors, features, places, pairs // 3, pairs % 3  # clusters and cameras of proxies


def slow_intra(scores, place, cameras):
    rivals = [math.exp(s) for s, c in zip(scores, cameras, strict=True) if c == cameras[place]]
    return -math.log(math.exp(scores[place]) / sum(rivals))


def slow_inter(scores, place, clusters, negatives):
    own = [s for s, c in zip(scores, clusters, strict=True) if c == clusters[place]]
    others = sorted(s for s, c in zip(scores, clusters, strict=True) if c != clusters[place])
    total = sum(map(math.exp, own)) + sum(map(math.exp, others[len(others) - negatives :]))
    return -sum(math.log(math.exp(s) / total) for s in own) / len(own)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 5))
def test_contrasts_are_those_of_the_paper(seed, negatives):
    vectors, features, places, clusters, cameras = case(seed)
    logits = features @ vectors.T / 0.07
    within = intra_camera_contrast(logits, places, cameras)
    across = inter_camera_contrast(logits, places, clusters, negatives=negatives)
    rows = logits.tolist()
    for k, place in enumerate(places.tolist()):
        rivals = len(clusters) - int((clusters == clusters[place]).sum())
        assert within[k].item() == pytest.approx(
            slow_intra(rows[k], place, cameras.tolist()), rel=1e-9, abs=1e-9
        )
        wanted = slow_inter(rows[k], place, clusters.tolist(), min(negatives, rivals))
        assert across[k].item() == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def test_by_hand():
    """Two cameras, two people: one proxy rivals within the camera, two are of the person."""
    logits = torch.tensor([[2.0, 1.0, 0.0, -1.0]])
    clusters, cameras = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 0, 1])
    own = torch.tensor([0])
    within = intra_camera_contrast(logits, own, cameras).item()
    assert within == pytest.approx(math.log(1 + math.exp(-2)))
    across = inter_camera_contrast(logits, own, clusters, negatives=1).item()
    assert across == pytest.approx(math.log(math.exp(2) + math.exp(1) + 1) - 1.5)


def test_gradients():
    vectors, features, places, clusters, cameras = case(3)
    features.requires_grad_()

    def losses(x):
        logits = x @ vectors.T
        return (
            intra_camera_contrast(logits, places, cameras),
            inter_camera_contrast(logits, places, clusters, negatives=2),
        )

    assert torch.autograd.gradcheck(losses, features)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([0.0, 0.1, 0.9]), st.booleans())
def test_proxies_follow_picture_by_picture(seed, momentum, hardest):
    vectors, features, places, _, _ = case(seed, proxies=4, batch=9)
    places[4] = -1
    wanted = vectors.clone()
    moving = [k for k in range(9) if places[k] >= 0]
    if hardest:
        cosine = [float(features[k] @ vectors[places[k]]) for k in range(9)]
        best = {int(p): min((k for k in moving if places[k] == p), key=cosine.__getitem__)
                for p in places[places >= 0]}  # fmt: skip
        moving = list(best.values())
    for k in moving:
        moved = momentum * wanted[places[k]] + (1 - momentum) * features[k]
        wanted[places[k]] = moved / moved.norm()
    before = vectors.clone()
    found = followed(vectors, features, places, momentum=momentum, hardest=hardest)
    torch.testing.assert_close(found, wanted)
    assert torch.equal(vectors, before)


def test_a_batch_of_outliers_moves_nothing():
    vectors, features, _, _, _ = case(0)
    nowhere = torch.full((7,), -1)
    assert torch.equal(followed(vectors, features, nowhere, momentum=0.1), vectors)


def test_means_leave_outliers_out():
    features = F.normalize(torch.tensor([[1.0, 0], [0, 1], [1, 1], [-1, 0]]), dim=1)
    found = proxy_means(features, torch.tensor([0, 0, -1, 1]))
    torch.testing.assert_close(found, torch.tensor([[0.5**0.5, 0.5**0.5], [-1, 0]]))
