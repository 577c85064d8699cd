import math

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.functional.momentum_contrast import enqueue, follow, queue_logits


def test_hand_computed_loss():
    # Cosine 0.5 with the own key, 0 and -0.5 with the queue, at temperature 0.5: logits 1, 0, -1.
    query = torch.tensor([[1.0, 0.0]])
    key = torch.tensor([[0.5, math.sqrt(0.75)]])
    queue = torch.tensor([[0.0, 1.0], [-0.5, math.sqrt(0.75)]])
    logits = queue_logits(query, key, queue, temperature=0.5)
    torch.testing.assert_close(logits, torch.tensor([[1.0, 0.0, -1.0]]))
    loss = F.cross_entropy(logits, torch.zeros(1, dtype=torch.int64))
    expected = -math.log(math.e / (math.e + 1 + 1 / math.e))
    np.testing.assert_allclose(loss.item(), expected, rtol=1e-6)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 9), st.lists(st.integers(1, 9), max_size=6), st.integers(0, 999))
def test_the_queue_is_a_ring_of_the_newest_keys(size, batches, seed):
    generator = torch.Generator().manual_seed(seed)
    queue = torch.randn(size, 2, generator=generator)
    places, count = list(queue.tolist()), 0
    for batch in (min(size, n) for n in batches):
        keys = torch.randn(batch, 2, generator=generator)
        enqueue(queue, keys, count % size)
        for key in keys.tolist():  # one at a time, over the oldest
            places[count % size] = key
            count += 1
        assert queue.tolist() == places


def test_a_key_that_is_not_finite_is_left_out():
    queue = torch.zeros(3, 2)
    enqueue(queue, torch.tensor([[1.0, 2.0], [torch.nan, 1.0], [3.0, torch.inf]]), 2)
    assert queue.tolist() == [[0.0, 0.0], [0.0, 0.0], [1.0, 2.0]]


def test_follow_is_the_running_mean():
    slow, fast = [torch.tensor([1.0, 2.0])], [torch.tensor([3.0, -2.0])]
    follow(slow, fast, 0.75)
    torch.testing.assert_close(slow[0], torch.tensor([1.5, 1.0]))
    follow(slow, fast, 1.0)
    torch.testing.assert_close(slow[0], torch.tensor([1.5, 1.0]))
