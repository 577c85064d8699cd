import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.functional.masked_tokens import draw_mask, draw_word_mask, masked_token_cross_entropy


def test_cross_entropy_by_hand():
    logits = torch.tensor([[math.log(3.0), 0.0], [0.0, 0.0]], dtype=torch.float64)
    loss = masked_token_cross_entropy(logits, torch.tensor([0, 1]))
    assert loss.item() == pytest.approx((math.log(4 / 3) + math.log(2)) / 2, rel=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), masked=st.integers(1, 6), words=st.integers(2, 5))
def test_cross_entropy_equals_paper_loop(seed, masked, words):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(masked, words, generator=generator, dtype=torch.float64)
    targets = torch.randint(words, (masked,), generator=generator)
    slow = 0.0
    for row, word in zip(logits.tolist(), targets.tolist(), strict=True):
        slow -= math.log(math.exp(row[word]) / sum(math.exp(v) for v in row))
    loss = masked_token_cross_entropy(logits, targets)
    assert loss.item() == pytest.approx(slow / masked, rel=1e-9)


def test_cross_entropy_gradient():
    logits = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    targets = torch.tensor([0, 3, 1])
    assert torch.autograd.gradcheck(lambda x: masked_token_cross_entropy(x, targets), logits)


def test_nothing_masked_is_zero_with_gradient():
    linear = torch.nn.Linear(4, 7)
    logits = linear(torch.zeros(0, 4))
    loss = masked_token_cross_entropy(logits, torch.zeros(0, dtype=torch.int64))
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(linear.weight.grad, torch.zeros(7, 4))


@pytest.mark.parametrize("whole_phrases", [False, True])
def test_mask_stays_inside_phrases(whole_phrases):
    slots = torch.randint(-1, 6, (50, 20), dtype=torch.int8)
    mask = draw_mask(slots, 1.0, whole_phrases=whole_phrases)
    assert torch.equal(mask, slots >= 0)
    assert not draw_mask(slots, 0.0, whole_phrases=whole_phrases).any()


@pytest.mark.parametrize("whole_phrases", [False, True])
def test_mask_ratio_is_met(whole_phrases):
    torch.manual_seed(0)
    slots = torch.arange(6, dtype=torch.int8).repeat_interleave(3).repeat(2000, 1)
    mask = draw_mask(slots, 0.3, whole_phrases=whole_phrases)
    # 12,000 phrases at least: the standard error of the mean is below 0.005
    assert mask.float().mean().item() == pytest.approx(0.3, abs=0.02)


def test_whole_phrases_are_masked_together():
    torch.manual_seed(0)
    slots = torch.arange(6, dtype=torch.int8).repeat_interleave(3).repeat(200, 1)
    pieces = draw_mask(slots, 0.5, whole_phrases=True).view(200, 6, 3).sum(dim=2)
    assert set(pieces.flatten().tolist()) == {0, 3}
    assert 0 < pieces[0].sum() < 18 or 0 < pieces[1].sum() < 18  # phrases differ in a caption


def test_whole_phrases_of_captions_shorter_than_the_slots_are_many():
    slots = torch.tensor([[-1, 5, 5, -1]], dtype=torch.int8)  # "[CLS] black backpack [SEP]"
    assert draw_mask(slots, 1.0, whole_phrases=True).tolist() == [[False, True, True, False]]


def test_word_mask_spares_marks_and_padding():
    token_mask = torch.arange(7) < torch.tensor([[7], [4], [2]])
    inside = [[0, 1, 1, 1, 1, 1, 0], [0, 1, 1, 0, 0, 0, 0], [0] * 7]
    assert draw_word_mask(token_mask, 1.0).int().tolist() == inside
    assert not draw_word_mask(token_mask, 0.0).any()


def test_word_mask_has_its_ratio():
    torch.manual_seed(0)
    drawn = draw_word_mask(torch.ones(200, 102, dtype=torch.bool), 0.15)
    assert drawn.float().mean().item() == pytest.approx(0.15 * 100 / 102, abs=0.01)
