"""Re-ID without labels: two ranks give the loss, gradient, memory and clusters of one."""

import os

import numpy as np
import pytest
import torch
import torch.distributed as dist
from tiny_reid import tiny_image_reid_task
from tiny_task import tiny_batch
from tiny_unlabelled import tiny_unlabelled_config
from torch.nn import BatchNorm1d, BatchNorm2d
from torch.nn.parallel import DistributedDataParallel

from plipdet.models import CameraProxyHead, ClusterMemoryHead

LABELS = torch.tensor([0, 0, 1, 1, 2, 0, -1, 2])  # one cluster on both ranks, an outlier on one
CAMERAS = torch.tensor([0, 1, 0, 1, 1, 0, 0, 0])


def _task(hardest):
    heads = {
        "cluster": {"type": ClusterMemoryHead, "hardest": hardest},
        "camera": {"type": CameraProxyHead, "negatives": 2},
    }
    task = tiny_image_reid_task(heads).double().eval()
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(6, 128, generator=generator).double()
    for head in task.heads.values():
        head.train()  # batch statistics of halves differ, but memories must move
        made = head.memory.made_of(features, torch.arange(6) // 2, torch.arange(6) % 2)
        head.memory.load(made, "cpu")
    return task


def _run(task, batch, model):
    batch = task.data_preprocessor(batch, True)["batch"]
    losses = [model(batch, mode="loss") for _ in range(2)][1]  # the second sees moved memories
    losses["loss"].backward()
    gradients = {k: p.grad for k, p in task.named_parameters() if p.requires_grad}
    memories = {name: head.memory.vectors for name, head in task.heads.items()}
    return {k: v.item() for k, v in losses.items()}, gradients, memories


def _on_a_rank(hardest, batch):
    task = _task(hardest)
    found = _run(task, batch, DistributedDataParallel(task))
    return (found[0], *({k: v.numpy() for k, v in part.items()} for part in found[1:]))


@pytest.mark.parametrize("hardest", [False, True])
def test_two_ranks_equal_one_process(ranks, hardest):
    batch = tiny_batch(8).replace(person_ids=LABELS, camera_ids=CAMERAS)
    halves = batch.map(lambda t: t[:4]), batch.map(lambda t: t[4:])
    task = _task(hardest)
    wanted, wanted_gradients, wanted_memories = _run(task, batch, task)
    found = ranks.run(_on_a_rank, [(hardest, half) for half in halves])
    assert wanted["cluster/count"] == 7 and [f[0]["cluster/count"] for f in found] == [4, 3]
    assert sum(f[0]["loss"] for f in found) / 2 == pytest.approx(wanted["loss"], rel=1e-9)
    for _, gradients, memories in found:
        assert set(gradients) == set(wanted_gradients) and set(memories) == set(wanted_memories)
        for name, value in [*wanted_gradients.items(), *wanted_memories.items()]:
            own = torch.from_numpy(gradients[name] if name in gradients else memories[name])
            torch.testing.assert_close(own, value, msg=name)


def _train(work, ranks):
    from plipdet.engine import PLIPRunner

    cfg = tiny_unlabelled_config(work, steps=2, epochs=2, ranks=ranks)
    cfg.experiment_name = work.name
    if ranks > 1:
        os.environ["LOCAL_RANK"] = str(dist.get_rank())
        cfg.launcher = "pytorch"
    try:
        runner = PLIPRunner.from_cfg(cfg)
        for norm in runner.bare_model.modules():
            if isinstance(norm, BatchNorm1d | BatchNorm2d):  # new ones learn from a rank's batches
                norm.running_mean.fill_(0.01)
        first = []
        step = runner.model.train_step

        def train_step(batch, *arguments, **options):
            if not first:
                memory = runner.bare_model.heads["cluster"].memory.vectors.numpy()
                labels = runner.train_dataloader.dataset.labels
                first.append((labels, memory, batch.rows.numpy(), batch.person_ids.numpy()))
            return step(batch, *arguments, **options)

        runner.model.train_step = train_step
        runner.train()
        return first[0], runner.bare_model.heads["cluster"].memory.vectors.numpy()
    finally:
        torch.set_flush_denormal(False)  # for the tests that these processes run later


def test_ranks_cluster_alike_and_share_the_steps(ranks, tmp_path):
    (labels, memory, rows, _), _ = _train(tmp_path / "one", 1)
    found = ranks.run(_train, [(tmp_path / "two", 2)] * 2)
    drawn = [first[2] for first, _ in found]
    assert sorted(np.concatenate(drawn).tolist()) == sorted(rows.tolist())
    for first, last in found:
        assert (first[0] == labels).all()
        np.testing.assert_allclose(first[1], memory, atol=1e-6)
        assert (first[3] == labels[first[2]]).all()
        np.testing.assert_array_equal(last, found[0][1])
