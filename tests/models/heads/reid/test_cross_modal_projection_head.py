from types import SimpleNamespace

import numpy as np
import pytest
import torch

from plipdet.errors import InputError
from plipdet.models import CrossModalProjectionHead
from plipdet.structures import PersonBatch


def _views(image, text):
    return SimpleNamespace(
        image=SimpleNamespace(embedding=image), text=SimpleNamespace(embedding=text)
    )


def _head(identities, dim, dtype=torch.float64):
    head = CrossModalProjectionHead(image_dim=dim, text_dim=dim)
    head.meet_identities(np.asarray(identities))
    return head.to(dtype)


def test_is_the_authors_sum(golden_losses):
    """CMPM and CMPC of the published definitions, with their classifier."""
    ids, weight = golden_losses["person_ids"], golden_losses["cmpc_weight"]  # (32, 11)
    labels = torch.arange(weight.shape[1])
    assert set(ids.tolist()) <= set(labels.tolist())
    head = _head(labels, len(weight))
    with torch.no_grad():
        head.classes.weight.copy_(weight.T)
    views = _views(golden_losses["image_embeddings"], golden_losses["text_embeddings"])
    batch = PersonBatch(rows=torch.arange(len(ids)), person_ids=ids)
    terms = head.loss(views, batch)
    torch.testing.assert_close(terms.metrics["matching"], golden_losses["cmpm"].squeeze())
    torch.testing.assert_close(terms.metrics["classification"], golden_losses["cmpc"].squeeze())
    whole = golden_losses["cmpm"] + golden_losses["cmpc"]
    torch.testing.assert_close(terms.loss.detach(), whole.squeeze())
    assert not any(value.requires_grad for value in terms.metrics.values())


def test_identities_keep_the_numbers_of_their_data_set():
    torch.manual_seed(0)
    image, text = torch.randn(2, 4, 6, dtype=torch.float64)
    rows = torch.arange(4)
    near, far = _head([0, 1, 2], 6), _head([5, 70, 900], 6)
    far.classes.load_state_dict({**far.classes.state_dict(), "weight": near.classes.weight})
    losses = [
        head.loss(_views(image, text), PersonBatch(rows=rows, person_ids=torch.tensor(ids))).loss
        for head, ids in ((near, [1, 1, 0, 2]), (far, [70, 70, 5, 900]))
    ]
    torch.testing.assert_close(*losses, rtol=0, atol=0)


def test_columns_begin_with_length_one():
    columns = _head(range(200), 64).classes.columns()
    torch.testing.assert_close(columns.norm(dim=1).mean().item(), 1.0, rtol=0.02, atol=0)


def test_half_precision_is_computed_in_float():
    torch.manual_seed(0)
    image, text = torch.randn(2, 4, 6).bfloat16()
    head = _head([1, 2, 3], 6, torch.float32)
    batch = PersonBatch(rows=torch.arange(4), person_ids=torch.tensor([1, 1, 2, 3]))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = head.loss(_views(image, text), batch).loss
    assert loss.dtype == torch.float32
    wide = head.loss(_views(image.float(), text.float()), batch).loss
    torch.testing.assert_close(loss, wide, rtol=0, atol=0)


def test_wrong_input():
    with pytest.raises(InputError, match="embed_dim to 7"):
        CrossModalProjectionHead(image_dim=6, text_dim=7)
    views = _views(*torch.randn(2, 4, 6))
    batch = PersonBatch(rows=torch.arange(4), person_ids=torch.arange(4))
    with pytest.raises(InputError, match="meet_identities"):
        CrossModalProjectionHead(image_dim=6, text_dim=6).loss(views, batch)
    with pytest.raises(InputError, match="person_ids"):
        _head([1, 2], 6, torch.float32).loss(views, batch.replace(person_ids=None))
