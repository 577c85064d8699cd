import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.functional.online_instance_matching import (
    STRANGER,
    advanced_queue,
    matched_table,
    online_instance_matching,
)


def unit(*shape, seed):
    values = torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return F.normalize(values, dim=-1)


def test_hand_value():
    table, queue = torch.eye(2, dtype=torch.float64), torch.zeros(1, 2, dtype=torch.float64)
    features = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    found = online_instance_matching(
        features, torch.tensor([0, STRANGER]), table=table, queue=queue, scale=2.0
    )
    e = math.exp(2)
    assert found[0].item() == pytest.approx(-math.log(e / (e + 1 + 1)), rel=1e-12)
    assert found[1] == 0


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    people=st.integers(1, 6),
    identities=st.integers(1, 5),
    room=st.integers(0, 4),
)
def test_loss_and_gradient_equal_the_equations_term_by_term(seed, people, identities, room):
    rng = np.random.default_rng(seed)
    features = unit(people, 3, seed=seed).requires_grad_()
    table, queue = unit(identities, 3, seed=seed + 1), unit(room, 3, seed=seed + 2)
    labels = torch.from_numpy(rng.integers(-1, identities, people))
    found = online_instance_matching(features, labels, table=table, queue=queue, scale=5.0)
    (gradient,) = torch.autograd.grad(found.sum(), features)
    rows = [*table.tolist(), *queue.tolist()]
    for r in range(people):
        x, y = features[r].tolist(), int(labels[r])
        if y == STRANGER:
            assert found[r] == 0 and (gradient[r] == 0).all()
            continue
        weights = [math.exp(5 * sum(a * b for a, b in zip(row, x, strict=True))) for row in rows]
        shares = [w / sum(weights) for w in weights]
        assert found[r].item() == pytest.approx(-math.log(shares[y]), rel=1e-9, abs=1e-12)
        for d in range(3):  # CVPR 2017, Eq. (4), up to the sign: theirs is of the likelihood
            pull = (1 - shares[y]) * rows[y][d]
            push = sum(s * row[d] for j, (s, row) in enumerate(zip(shares, rows, strict=True))
                       if j != y)  # fmt: skip
            assert gradient[r, d].item() == pytest.approx(5 * (push - pull), rel=1e-8, abs=1e-10)


def test_table_moves_one_person_after_the_other():
    table, features = torch.zeros(2, 2), torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    found = matched_table(table, features, torch.tensor([0, 0, STRANGER]), momentum=0.5)
    torch.testing.assert_close(found[0], F.normalize(torch.tensor([0.5, 0.5]), dim=0))
    assert (found[1] == 0).all() and (table == 0).all()


@pytest.mark.parametrize("steps", [[1, 2], [5], [0, 3, 0, 7, 1], [4, 4, 4]])
def test_queue_keeps_the_newest_strangers_as_a_list_would(steps):
    room, place, kept = 4, 0, [0.0] * 4
    queue, at, number = torch.zeros(room, 1), 0, 0.0
    for count in steps:
        features = torch.arange(count + 1).float()[:, None] + number  # the last is somebody known
        labels = torch.tensor([STRANGER] * count + [3])
        queue, at = advanced_queue(queue, features, labels, place=at)
        for k in range(count):
            kept[place] = number + k
            place = (place + 1) % room
        number += count
        assert queue.squeeze(1).tolist() == kept and at == place


def test_a_queue_without_room_stays_empty():
    queue, at = advanced_queue(torch.zeros(0, 2), torch.ones(3, 2), torch.full((3,), -1), place=0)
    assert queue.shape == (0, 2) and at == 0
