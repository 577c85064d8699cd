"""Two ranks give the loss and the gradient of one process on the joined batch."""

import pytest
import torch
from tiny_task import tiny_batch
from tiny_text_reid import tiny_text_reid
from torch.nn.parallel import DistributedDataParallel


def _task(**options):
    # Eval mode: batch statistics of two halves are not those of the whole, and dropout differs.
    return tiny_text_reid(identities=(4, 7, 9, 11), **options).double().eval()


def _losses_and_gradients(task, batch, run):
    losses = run(task.data_preprocessor(batch, True)["batch"])
    losses["loss"].backward()
    gradients = {k: p.grad.numpy() for k, p in task.named_parameters() if p.requires_grad}
    return {k: v.item() for k, v in losses.items()}, gradients


def _on_a_rank(options, batch):
    task = _task(**options)
    wrapped = DistributedDataParallel(task)  # finds no unused parameters, or it would raise
    return _losses_and_gradients(task, batch, lambda b: wrapped(b, mode="loss"))


@pytest.mark.parametrize("options", [{}, {"micro_batch_size": 2}, {"linear_probe": True}])
def test_two_ranks_equal_one_process(ranks, options):
    batch = tiny_batch(6).replace(person_ids=torch.tensor([4, 4, 7, 7, 4, 9]))
    halves = (batch.map(lambda t: t[:3]), batch.map(lambda t: t[3:]))
    task = _task(linear_probe=options.get("linear_probe", False))
    wanted, wanted_gradients = _losses_and_gradients(task, batch, task)
    found = ranks.run(_on_a_rank, [(options, half) for half in halves])
    (first, gradients), (second, others) = found
    for key in [k for k in wanted if k.endswith("loss")]:
        assert (first[key] + second[key]) / 2 == pytest.approx(wanted[key], rel=1e-9), key
    assert first["words/count"] != second["words/count"], "means of means would not be told apart"
    assert gradients.keys() == others.keys() == wanted_gradients.keys()
    for name, value in wanted_gradients.items():
        own, other = (torch.from_numpy(g[name]) for g in (gradients, others))
        assert torch.equal(own, other), name
        torch.testing.assert_close(own, torch.from_numpy(value), rtol=1e-7, atol=1e-12, msg=name)
