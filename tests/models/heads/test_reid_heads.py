import numpy as np
import pytest
import torch
import torch.nn.functional as F

from plipdet.errors import InputError
from plipdet.models import CentreHead, ReIDClassificationHead, TripletHead
from plipdet.structures import PersonBatch, ReIDFeatures


def batch(ids):
    ids = None if ids is None else torch.tensor(ids)
    return PersonBatch(rows=torch.arange(4), person_ids=ids)


def features(*parts, dtype=torch.float32):
    generator = torch.Generator().manual_seed(0)
    parts = tuple(torch.randn(4, d, generator=generator).to(dtype) for d in parts)
    return ReIDFeatures(metric=parts, classified=parts, embedding=parts[0])


def test_classification_is_the_mean_of_smoothed_cross_entropies():
    head = ReIDClassificationHead((3, 5), smoothing=0.1)
    head.meet_identities(np.array([2, 4, 9]))
    for classes in head.classes:
        torch.nn.init.normal_(classes.weight)
    given = features(3, 5)
    terms = head.loss(given, batch([4, 9, 2, 4]))
    wanted = []
    for feature, classes in zip(given.classified, head.classes, strict=True):
        log_p = F.log_softmax(feature @ classes.weight.T, dim=1)
        target = torch.full((4, 3), 0.1 / 3)
        target[torch.arange(4), torch.tensor([1, 2, 0, 1])] += 0.9
        wanted.append(-(target * log_p).sum(dim=1).mean())
    assert terms.loss.item() == pytest.approx(torch.stack(wanted).mean().item(), rel=1e-6)
    assert 0 <= terms.metrics["accuracy"] <= 1


def test_triplets_without_a_partner_do_not_count():
    head = TripletHead(0.3)
    terms = head.loss(features(3), batch([1, 2, 3, 4]))
    assert terms.loss == 0 and terms.count == 0
    assert all(torch.isfinite(value) for value in terms.metrics.values())
    some = head.loss(features(3), batch([1, 1, 3, 4]))
    x = features(3).metric[0]
    positive = (x[0] - x[1]).norm()
    wanted = [positive - min((x[i] - x[2]).norm(), (x[i] - x[3]).norm()) + 0.3 for i in (0, 1)]
    assert some.count == 2
    assert some.loss.item() == pytest.approx(sum(w.clamp(min=0) for w in wanted).item() / 2)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_triplets_of_long_half_precision_features_are_finite(dtype):
    """Squares of 300 in 2048 dimensions are far beyond what half precision holds."""
    long = (300 * torch.randn(4, 2048)).to(dtype).requires_grad_()
    given = ReIDFeatures(metric=(long,), classified=(long,), embedding=long)
    with torch.autocast("cpu", dtype=dtype):
        terms = TripletHead(0.3).loss(given, batch([1, 1, 2, 2]))
    terms.loss.backward()
    assert terms.loss.dtype == torch.float32
    assert torch.isfinite(terms.loss) and torch.isfinite(long.grad).all()


def test_centres_follow_the_features_in_training_only():
    head = CentreHead((3,), alpha=0.5)
    head.meet_identities(np.array([2, 4]))
    given = features(3)
    terms = head.eval().loss(given, batch([2, 2, 2, 4]))
    assert terms.loss.item() == pytest.approx(given.metric[0].square().sum(dim=1).mean().item())
    assert not head.centres_0.any()
    assert head.train().loss(given, batch([2, 2, 2, 4])).loss == terms.loss
    wanted = torch.stack([given.metric[0][:3].sum(dim=0) / 4, given.metric[0][3] / 2]) / 2
    torch.testing.assert_close(head.centres_0, wanted)


def test_state_of_heads_travels():
    for head in (ReIDClassificationHead((3,)), CentreHead((3,))):
        assert not head.state_dict()  # nothing that a file of other people could lack
        head.meet_identities(np.array([2, 4]))
        other = type(head)((3,))
        other.meet_identities(np.array([1, 5]))
        other.load_state_dict(head.state_dict())
        for key, value in head.state_dict().items():
            assert torch.equal(other.state_dict()[key], value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: TripletHead(-1.0), "margin"),
        (lambda: CentreHead((3,), alpha=2), "alpha"),
        (lambda: ReIDClassificationHead((3,), smoothing=1), "smoothing"),
        (lambda: TripletHead().loss(features(3), batch(None)), "this source has none"),
        (lambda: CentreHead((3,)).loss(features(3), batch([1, 1, 1, 1])), "meet_identities"),
        (lambda: CentreHead((3,)).loss(features(3), batch(None)), "this source has none"),
    ],
)
def test_wrong_use_is_named(make, words):
    with pytest.raises(InputError, match=words):
        make()
