"""Two ranks give the loss and the gradient of one process on the joined batch."""

import pytest
import torch
from mmengine.model import MMDistributedDataParallel
from tiny_task import tiny_batch, tiny_heads, tiny_task
from torch.distributed.algorithms.ddp_comm_hooks import default_hooks
from torch.nn.parallel import DistributedDataParallel

from plipdet.engine.optim import PersonOptimWrapper

FORMS = ("cmpm", "cosine", "sdm", "infonce")


def _losses_and_gradients(task, batch, run):
    batch = task.data_preprocessor(batch, True)["batch"]
    losses = run(batch)
    losses["loss"].backward()
    gradients = {k: p.grad for k, p in task.named_parameters() if p.requires_grad}
    return {k: v.item() for k, v in losses.items()}, gradients


def _task(form):
    # Eval mode: batch statistics of two halves are not those of the whole, and dropout differs.
    return tiny_task(tiny_heads(form)).double().eval()


def _on_a_rank(form, batch, size=None):
    task = _task(form)
    task.micro_batch_size = size
    if size is not None:
        task.heads["contrast"].max_logits = 6  # one anchor at a time
    wrapped = DistributedDataParallel(task)  # finds no unused parameters, or it would raise
    losses, gradients = _losses_and_gradients(task, batch, lambda b: wrapped(b, mode="loss"))
    return losses, {k: v.numpy() for k, v in gradients.items()}


def _halves(batch):
    return batch.map(lambda t: t[:3]), batch.map(lambda t: t[3:])


@pytest.mark.parametrize(("form", "size"), [*((form, None) for form in FORMS), ("cmpm", 2)])
def test_two_ranks_equal_one_process(ranks, form, size):
    batch = tiny_batch(6).replace(person_ids=torch.tensor([4, 4, 7, 7, 4, 9]))
    batch.phrase_slots[5] = -1
    halves = _halves(batch)
    masked = [int((half.phrase_slots >= 0).sum()) for half in halves]
    assert masked[0] != masked[1], "a mean of the ranks' means would not be told apart"
    task = _task(form)
    wanted_losses, wanted_gradients = _losses_and_gradients(task, batch, lambda b: task(b))
    (first, gradients), (second, others) = ranks.run(_on_a_rank, [(form, h, size) for h in halves])
    for key in ("loss", "contrast/loss", "colorization/loss", "attributes/loss"):
        mean = (first[key] + second[key]) / 2
        assert mean == pytest.approx(wanted_losses[key], rel=1e-5), key
    assert set(gradients) == set(wanted_gradients)
    for name, wanted in wanted_gradients.items():
        found = torch.from_numpy(gradients[name])
        assert torch.equal(found, torch.from_numpy(others[name])), name
        # Some gradients are zero but for rounding, such as the attention's key bias
        torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-15, msg=name)


@pytest.mark.parametrize("size", [None, 2])
def test_a_rank_without_phrases_keeps_step(ranks, size):
    """One rank masks nothing: the loss is the other's mean, and no rank waits for a gradient."""
    batch = tiny_batch(6)
    batch.phrase_slots[3:] = -1
    task = _task("cmpm")
    wanted_losses, wanted_gradients = _losses_and_gradients(task, batch, lambda b: task(b))
    found = ranks.run(_on_a_rank, [("cmpm", half, size) for half in _halves(batch)])
    assert found[1][0]["attributes/loss"] == 0
    mean = sum(losses["attributes/loss"] for losses, _ in found) / 2
    assert mean == pytest.approx(wanted_losses["attributes/loss"], rel=1e-5)
    name = "heads.attributes.vocabulary.weight"
    torch.testing.assert_close(torch.from_numpy(found[0][1][name]), wanted_gradients[name])


def _accumulate(batches, size):
    """Two iterations of the runner's kind, which make one step."""
    task = _task("cmpm")
    task.micro_batch_size = size
    wrapped = MMDistributedDataParallel(task, device_ids=None)
    optimizer = torch.optim.SGD(task.parameters(), lr=0.1)
    wrapper = PersonOptimWrapper(optimizer, accumulative_counts=2)
    exchanged = []
    wrapped.register_comm_hook(None, _count_exchanges(exchanged))
    calls = []
    for batch in batches:
        wrapped.train_step(batch, wrapper)
        calls.append(len(exchanged))
    return calls, {k: p.detach().numpy() for k, p in task.named_parameters()}


def _count_exchanges(exchanged):
    def hook(state, bucket):
        exchanged.append(1)
        return default_hooks.allreduce_hook(None, bucket)

    return hook


def test_micro_batches_exchange_gradients_once_a_step(ranks):
    batches = [tiny_batch(6, seed) for seed in range(2)]
    parts = list(zip(*[_halves(batch) for batch in batches], strict=True))
    plain = ranks.run(_accumulate, [(own, None) for own in parts])
    small = ranks.run(_accumulate, [(own, 2) for own in parts])
    for (calls, wanted), (calls_of_parts, found) in zip(plain, small, strict=True):
        assert calls == calls_of_parts and calls[0] == 0 < calls[1]
        for name, value in wanted.items():
            torch.testing.assert_close(
                torch.from_numpy(found[name]), torch.from_numpy(value), rtol=1e-9, atol=1e-12
            )
