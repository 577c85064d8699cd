"""VAL-PAT's heads on two ranks: loss, gradient and queue of one process on the joined batch."""

import numpy as np
import pytest
import torch
from tiny_task import tiny_task, tiny_two_views
from torch.nn.parallel import DistributedDataParallel

from plipdet.models import ImageTextContrastHead, MomentumContrastHead, MultiAttributeHead
from plipdet.structures import AttributeFacts

FACTS = AttributeFacts(("hat", "bag", "skirt"), np.array([0.1, 0.5, 0.3], np.float32))
STEPS = 3


def make_task(shuffle):
    views = {"type": MomentumContrastHead, "dim": 6, "queue_size": 16, "momentum": 0.5}
    heads = {
        "views": {**views, "shuffle": shuffle},
        "pairs": {"type": ImageTextContrastHead, "max_logits": 12},  # a few anchors at a time
        "attributes": {"type": MultiAttributeHead, "loss_weight": 0.1},
    }
    task = tiny_task(heads)
    task.meet_attributes(FACTS)
    task.double().train()
    # Batch statistics of two halves are not those of the whole, and dropout differs.
    for part in (task.image_encoder, task.text_encoder, task.heads["views"].momentum_encoder):
        part.eval()
    return task


def make_batch(step):
    batch = tiny_two_views(6, seed=step)
    labels = torch.tensor([[1, 0, -1], [0, 1, 1], [-1, -1, -1], [0, 0, 1], [1, 1, 0], [-1, 0, -1]])
    return batch.replace(attribute_labels=labels)


def train(task, model, batches):
    """Return losses, gradients and the queue of each of a few steps."""
    optimizer = torch.optim.SGD(task.parameters(), lr=0.05)
    found = []
    for batch in batches:
        optimizer.zero_grad()
        losses = model(task.data_preprocessor(batch, True)["batch"], mode="loss")
        losses["loss"].backward()
        gradients = {k: p.grad.numpy().copy() for k, p in task.named_parameters()
                     if p.requires_grad}  # fmt: skip
        optimizer.step()
        logged = {k: v.item() for k, v in losses.items() if k.endswith("loss")}
        found.append((logged, gradients, task.heads["views"].queue.numpy().copy()))
    return found


def on_a_rank(shuffle, batches):
    task = make_task(shuffle)
    return train(task, DistributedDataParallel(task), batches)


@pytest.mark.parametrize("shuffle", [False, True])
def test_two_ranks_equal_one_process(ranks, shuffle):
    batches = [make_batch(step) for step in range(STEPS)]
    task = make_task(shuffle)
    wanted = train(task, task, batches)
    halves = [[b.map(lambda t: t[:3]) for b in batches], [b.map(lambda t: t[3:]) for b in batches]]
    first, second = ranks.run(on_a_rank, [(shuffle, own) for own in halves])
    for one, other, whole in zip(first, second, wanted, strict=True):
        for name, value in whole[0].items():
            mean = (one[0][name] + other[0][name]) / 2
            if name != "attributes/loss":  # a mean over labels, of which the ranks have unlike many
                assert mean == pytest.approx(value, rel=1e-9), name
        for name, value in whole[1].items():
            np.testing.assert_array_equal(one[1][name], other[1][name], err_msg=name)
            np.testing.assert_allclose(one[1][name], value, rtol=1e-6, atol=1e-12, err_msg=name)
        np.testing.assert_array_equal(one[2], other[2])
        np.testing.assert_allclose(one[2], whole[2], rtol=1e-9, atol=1e-12)
    assert int(task.heads["views"].enqueued) == 18  # more than the queue has places
