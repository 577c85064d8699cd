"""Sharded training is distributed training: losses, weights, norms and skipped steps."""

import math

import pytest
import torch
from mmengine.model import MMDistributedDataParallel
from tiny_task import tiny_batch, tiny_task

from plipdet.distributed.sharding import can_shard, is_sharded, local, whole
from plipdet.engine import Adan, FullySharded
from plipdet.engine.optim import PersonAmpOptimWrapper, PersonOptimWrapper
from plipdet.tasks import PretrainingTask

pytestmark = pytest.mark.skipif(not can_shard("cpu"), reason="this PyTorch needs a GPU for it")
STEPS = 3


class _Task(PretrainingTask):
    """A task whose loss a test can spoil."""

    loss_factor = 1.0

    def parse_losses(self, losses):
        loss, log = super().parse_losses(losses)
        return loss * self.loss_factor, log


def _train(batches, sharded, setting):
    settings = {
        "kind": PersonOptimWrapper,
        "wrapper": {},
        "recompute": False,
        "reshard": True,
        "bad_step": None,
        **setting,
    }
    task = tiny_task()
    if settings["kind"] is PersonOptimWrapper:
        task.double()  # a gradient of zero but for rounding then stays one
    task.__class__ = _Task
    task.image_encoder.checkpoint_activations(settings["recompute"])
    task.text_encoder.checkpoint_activations(settings["recompute"])
    if sharded:
        wrapped = FullySharded(task, reshard_after_forward=settings["reshard"])
        assert is_sharded(task) and is_sharded(task.text_encoder.encoder.encoder.layer[0])
        held = sum(local(p).numel() for p in task.parameters())
        assert held < 0.6 * sum(p.numel() for p in task.parameters())
    else:
        wrapped = MMDistributedDataParallel(task, device_ids=None, broadcast_buffers=False)
    trained = [p for p in task.parameters() if p.requires_grad]
    optimizer = Adan(trained, lr=1e-2, weight_decay=0.02)
    wrapper = settings["kind"](optimizer, **settings["wrapper"])
    logs, skipped = [], []
    for step, batch in enumerate(batches):
        torch.manual_seed(int(batch.images.sum()))  # of dropout
        task.loss_factor = math.nan if step == settings["bad_step"] else 1.0
        logs.append({k: float(v) for k, v in wrapped.train_step(batch, wrapper).items()})
        skipped.append(wrapper.skipped)
    norms = [float(norm) for norm in wrapper.take_grad_norms()]
    weights = {k: whole(v).detach().numpy() for k, v in task.state_dict().items()}
    return logs, norms, weights, skipped


def _batches_of_ranks():
    joined = [tiny_batch(8, seed) for seed in range(STEPS)]
    return [[b.map(lambda t, own=own: t[own]) for b in joined] for own in (slice(4), slice(4, 8))]


@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"reshard": False, "wrapper": {"clip_grad": {"max_norm": 0.05}}},
        {"recompute": True, "wrapper": {"clip_grad": {"type": "value", "clip_value": 1e-3}}},
        {"wrapper": {"accumulative_counts": 2}},
    ],
    ids=["plain", "clipped", "recomputed", "accumulated"],
)
def test_sharded_training_equals_distributed_training(ranks, setting):
    batches = _batches_of_ranks()
    plain = ranks.run(_train, [(own, False, setting) for own in batches])
    sharded = ranks.run(_train, [(own, True, setting) for own in batches])
    for (wanted, norms, weights, _), (found, others, own, _) in zip(plain, sharded, strict=True):
        for log, other in zip(wanted, found, strict=True):
            assert other == pytest.approx(log, rel=1e-5)
        assert others == pytest.approx(norms, rel=1e-5) and others
        assert own.keys() == weights.keys()
        for name, value in weights.items():
            assert own[name] == pytest.approx(value, rel=1e-5, abs=1e-7), name


def test_mixed_precision_computes_the_same(ranks):
    batches = [own[:1] for own in _batches_of_ranks()]
    setting = {"kind": PersonAmpOptimWrapper}
    plain = ranks.run(_train, [(own, False, setting) for own in batches])
    sharded = ranks.run(_train, [(own, True, setting) for own in batches])
    for (wanted, norms, *_), (found, others, *_) in zip(plain, sharded, strict=True):
        assert found[0] == pytest.approx(wanted[0], rel=1e-6)
        assert others == pytest.approx(norms, rel=1e-3)


def test_all_shares_skip_what_one_rank_finds_wrong(ranks):
    batches = _batches_of_ranks()
    clean = ranks.run(_train, [([own[0], own[2]], True, {}) for own in batches])
    settings = [{}, {"bad_step": 1}]
    found = ranks.run(_train, [(own, True, s) for own, s in zip(batches, settings, strict=True)])
    for (_, norms, weights, skipped), (_, wanted_norms, wanted, _) in zip(
        found, clean, strict=True
    ):
        assert [s is not None for s in skipped] == [False, True, False]
        assert "image_encoder.backbone.conv1.weight" in skipped[1].parameters
        assert norms == wanted_norms
        for name, value in weights.items():
            assert (value == wanted[name]).all(), name
