import math

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.functional.attribute_loss import weighted_attribute_loss


def slow_loss(logits, labels, share):
    """Li et al., DeepMAR, Eq. (3)-(4), a term at a time, over known labels."""
    terms = []
    for line, own in zip(logits, labels, strict=True):
        for x, y, p in zip(line, own, share, strict=True):
            if y >= 0:
                weight = math.exp(y * (1 - p) + (1 - y) * p)
                chance = 1 / (1 + math.exp(-x))
                terms.append(-weight * math.log(chance if y else 1 - chance))
    return len(share) * sum(terms) / len(terms) if terms else 0.0, len(terms)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 4))
def test_the_loss_is_the_papers_over_known_labels(seed, pictures, attributes):
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(pictures, attributes)) * 3
    labels = rng.integers(-1, 2, (pictures, attributes))
    share = rng.random(attributes)
    tensors = (torch.from_numpy(v) for v in (logits, labels, share))
    loss, count = weighted_attribute_loss(*tensors)
    expected, number = slow_loss(logits.tolist(), labels.tolist(), share.tolist())
    assert count == number
    np.testing.assert_allclose(loss.item(), expected, rtol=1e-9)


def test_hand_computed():
    # One "yes" of a rare attribute and one "no" of a common one at logit 0: ln 2 times weights.
    labels = torch.tensor([[1, 0]])
    loss, count = weighted_attribute_loss(torch.zeros(1, 2), labels, torch.tensor([0.1, 0.8]))
    expected = math.log(2) * (math.exp(0.9) + math.exp(0.8))
    np.testing.assert_allclose(loss.item(), expected, rtol=1e-6)
    assert count == 2


def test_unknown_labels_get_no_gradient():
    logits = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([[1, -1], [-1, -1], [0, 1]])
    weighted_attribute_loss(logits, labels, torch.tensor([0.3, 0.6]).double())[0].backward()
    assert torch.equal(logits.grad == 0, labels < 0)


def test_gradient():
    labels = torch.tensor([[1, 0], [-1, 1]])
    share = torch.tensor([0.3, 0.6], dtype=torch.float64)
    logits = torch.randn(2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: weighted_attribute_loss(x, labels, share)[0], logits)
