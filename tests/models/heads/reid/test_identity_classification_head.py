import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.errors import InputError
from plipdet.models import IdentityClassificationHead
from plipdet.structures import PersonBatch


def _views(image, text):
    return SimpleNamespace(
        image=SimpleNamespace(embedding=image), text=SimpleNamespace(embedding=text)
    )


def _head(weight, identities):
    head = IdentityClassificationHead(image_dim=weight.shape[1], text_dim=weight.shape[1])
    head.meet_identities(np.asarray(identities))
    head.double()
    with torch.no_grad():
        head.classes.weight.copy_(weight)
    return head


def test_by_hand():
    """Scores (log 3, 0) of the picture and (0, log 3) of the sentence, of the first identity."""
    image, text = torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]]], dtype=torch.float64)
    head = _head(math.log(3) * torch.eye(2, dtype=torch.float64), [4, 9])
    batch = PersonBatch(rows=torch.arange(1), person_ids=torch.tensor([4]))
    terms = head.loss(_views(image, text), batch)
    assert terms.loss.item() == pytest.approx((math.log(4 / 3) + math.log(4)) / 2, rel=1e-12)
    assert terms.metrics["image_accuracy"] == 1 and terms.metrics["text_accuracy"] == 0


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), pairs=st.integers(1, 5), people=st.integers(2, 6))
def test_equals_a_loop(seed, pairs, people):
    generator = torch.Generator().manual_seed(seed)
    image, text = torch.randn(2, pairs, 3, generator=generator, dtype=torch.float64)
    weight = torch.randn(people, 3, generator=generator, dtype=torch.float64)
    ids = torch.randint(people, (pairs,), generator=generator)
    slow = 0.0
    for embeddings in (image, text):
        for row, own in zip(embeddings.tolist(), ids.tolist(), strict=True):
            scores = [sum(x * w for x, w in zip(row, v, strict=True)) for v in weight.tolist()]
            slow -= math.log(math.exp(scores[own]) / sum(map(math.exp, scores))) / (2 * pairs)
    batch = PersonBatch(rows=torch.arange(pairs), person_ids=ids)
    loss = _head(weight, range(people)).loss(_views(image, text), batch).loss
    assert loss.item() == pytest.approx(slow, rel=1e-9)


def test_wrong_input():
    with pytest.raises(InputError, match="one classifier for both"):
        IdentityClassificationHead(image_dim=6, text_dim=7)
    head = _head(torch.ones(2, 6, dtype=torch.float64), [1, 2])
    views = _views(*torch.randn(2, 4, 6, dtype=torch.float64))
    with pytest.raises(InputError, match="source has none"):
        head.loss(views, PersonBatch(rows=torch.arange(4)))
