import math
from types import SimpleNamespace

import pytest
import torch

from plipdet.errors import InputError
from plipdet.structures import PersonBatch
from projects.example_head.image_text_matching_head import (
    ImageTextMatchingHead,
    hardest_negatives,
)


def views(image, text):
    return SimpleNamespace(
        image=SimpleNamespace(embedding=image), text=SimpleNamespace(embedding=text)
    )


def test_the_hardest_negative_is_the_most_similar_of_another_identity():
    image = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1]])
    text = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    # Row 0 and row 2 are the same person, so row 0's best sentence besides its own is row 1.
    assert hardest_negatives(image, text, torch.tensor([7, 8, 7])).tolist() == [1, 0, 1]


def test_one_identity_alone_is_an_error():
    with pytest.raises(InputError, match="one identity has no negatives"):
        hardest_negatives(torch.rand(2, 3), torch.rand(2, 3), torch.tensor([4, 4]))


def test_a_classifier_of_zeros_loses_log_two():
    head = ImageTextMatchingHead(image_dim=3, text_dim=3, hidden_dim=4)
    for parameter in head.parameters():
        torch.nn.init.zeros_(parameter)
    batch = PersonBatch(rows=torch.arange(2), person_ids=torch.tensor([1, 2]))
    terms = head.loss(views(torch.rand(2, 3), torch.rand(2, 3)), batch)
    assert terms.loss.item() == pytest.approx(math.log(2), rel=1e-6)
    assert terms.metrics["accuracy"].item() == pytest.approx(0.5)


def test_it_learns_and_sends_gradient_to_both_encoders():
    torch.manual_seed(0)
    head = ImageTextMatchingHead(image_dim=8, text_dim=8)
    image = torch.randn(6, 8, requires_grad=True)
    text = torch.randn(6, 8, requires_grad=True)
    batch = PersonBatch(rows=torch.arange(6), person_ids=torch.arange(6))
    optimizer = torch.optim.Adam([image, text, *head.parameters()], lr=0.02)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = head.loss(views(image, text), batch).loss
        loss.backward()
        assert image.grad.abs().sum() > 0 and text.grad.abs().sum() > 0
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
