"""Re-ID by picture: two ranks give the loss, gradient and centres of one on the joined batch."""

import pytest
import torch
from tiny_reid import tiny_image_reid_task
from tiny_task import tiny_batch
from torch.nn.parallel import DistributedDataParallel

IDS = torch.tensor([0, 0, 1, 1, 2, 0, 2, 3])  # one person on both ranks, one without a partner


def _task(margin):
    heads = {
        "identity": {"type": "ReIDClassificationHead"},
        "triplet": {"type": "TripletHead", "margin": margin},
        "centre": {"type": "CentreHead", "loss_weight": 0.1},
    }
    task = tiny_image_reid_task(heads, identities=(0, 1, 2, 3)).double().eval()
    task.heads["centre"].train()  # batch statistics of halves differ, but centres must move
    return task


def _run(task, batch, model):
    batch = task.data_preprocessor(batch, True)["batch"]
    losses = [model(batch, mode="loss") for _ in range(2)][1]  # the second sees moved centres
    losses["loss"].backward()
    gradients = {k: p.grad for k, p in task.named_parameters() if p.requires_grad}
    centres = task.heads["centre"].centres_0
    return {k: v.item() for k, v in losses.items()}, gradients, centres


def _on_a_rank(margin, batch):
    task = _task(margin)
    losses, gradients, centres = _run(task, batch, DistributedDataParallel(task))
    return losses, {k: v.numpy() for k, v in gradients.items()}, centres.numpy()


@pytest.mark.parametrize("margin", [5.0, None])
def test_two_ranks_equal_one_process(ranks, margin):
    batch = tiny_batch(8).replace(person_ids=IDS)
    halves = batch.map(lambda t: t[:4]), batch.map(lambda t: t[4:])
    task = _task(margin)
    wanted, wanted_gradients, wanted_centres = _run(task, batch, task)
    found = ranks.run(_on_a_rank, [(margin, half) for half in halves])
    assert wanted["triplet/count"] == 7 and [f[0]["triplet/count"] for f in found] == [4, 3]
    for key in ("loss", "identity/loss", "centre/loss"):
        assert sum(f[0][key] for f in found) / 2 == pytest.approx(wanted[key], rel=1e-9), key
    for _, gradients, centres in found:
        torch.testing.assert_close(torch.from_numpy(centres), wanted_centres)
        assert set(gradients) == set(wanted_gradients)
        for name, value in wanted_gradients.items():
            torch.testing.assert_close(torch.from_numpy(gradients[name]), value, msg=name)
    assert wanted_centres.any()
