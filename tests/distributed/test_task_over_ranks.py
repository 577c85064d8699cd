"""Two ranks give the loss and the gradient of one process on the joined batch."""

import pytest
import torch
from tiny_task import tiny_batch, tiny_heads, tiny_task
from torch.nn.parallel import DistributedDataParallel

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


def _on_a_rank(form, batch):
    task = _task(form)
    wrapped = DistributedDataParallel(task)  # finds no unused parameters, or it would raise
    losses, gradients = _losses_and_gradients(task, batch, lambda b: wrapped(b, mode="loss"))
    return losses, {k: v.numpy() for k, v in gradients.items()}


def _halves(batch):
    return batch.map(lambda t: t[:3]), batch.map(lambda t: t[3:])


@pytest.mark.parametrize("form", FORMS)
def test_two_ranks_equal_one_process(ranks, form):
    batch = tiny_batch(6).replace(person_ids=torch.tensor([4, 4, 7, 7, 4, 9]))
    batch.phrase_slots[5] = -1
    halves = _halves(batch)
    masked = [int((half.phrase_slots >= 0).sum()) for half in halves]
    assert masked[0] != masked[1], "a mean of the ranks' means would not be told apart"
    task = _task(form)
    wanted_losses, wanted_gradients = _losses_and_gradients(task, batch, lambda b: task(b))
    (first, gradients), (second, others) = ranks.run(_on_a_rank, [(form, h) for h in halves])
    for key in ("loss", "contrast/loss", "colorization/loss", "attributes/loss"):
        mean = (first[key] + second[key]) / 2
        assert mean == pytest.approx(wanted_losses[key], rel=1e-5), key
    assert set(gradients) == set(wanted_gradients)
    for name, wanted in wanted_gradients.items():
        found = torch.from_numpy(gradients[name])
        assert torch.equal(found, torch.from_numpy(others[name])), name
        # Some gradients are zero but for rounding, such as the attention's key bias
        torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-15, msg=name)


def test_a_rank_without_phrases_keeps_step(ranks):
    """One rank masks nothing: the loss is the other's mean, and no rank waits for a gradient."""
    batch = tiny_batch(6)
    batch.phrase_slots[3:] = -1
    task = _task("cmpm")
    wanted_losses, wanted_gradients = _losses_and_gradients(task, batch, lambda b: task(b))
    found = ranks.run(_on_a_rank, [("cmpm", half) for half in _halves(batch)])
    assert found[1][0]["attributes/loss"] == 0
    mean = sum(losses["attributes/loss"] for losses, _ in found) / 2
    assert mean == pytest.approx(wanted_losses["attributes/loss"], rel=1e-5)
    name = "heads.attributes.vocabulary.weight"
    torch.testing.assert_close(torch.from_numpy(found[0][1][name]), wanted_gradients[name])
