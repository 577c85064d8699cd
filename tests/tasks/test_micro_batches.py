"""Micro-batches give the loss and the gradient of the whole batch."""

import copy
import math

import pytest
import torch
from mmengine.optim import OptimWrapper
from tiny_task import tiny_batch, tiny_heads, tiny_task
from torch import nn
from torch.utils.checkpoint import checkpoint

from plipdet.engine.optim import PersonAmpOptimWrapper, PersonOptimWrapper
from plipdet.errors import InputError
from plipdet.models import PretextHead
from plipdet.models.embedded_views import EmbeddedViews
from plipdet.models.micro_batches import Encoded, in_micro_batches
from plipdet.structures import LossTerms


def batch_of(task, size=6, seed=0):
    batch = tiny_batch(size, seed)
    batch.phrase_slots[-1] = -1  # parts differ in masked pieces, and the last has none
    return task.data_preprocessor(batch, True)["batch"]


def gradients(task, run):
    task.zero_grad()
    losses = run()
    losses["loss"].backward()
    found = {k: p.grad.clone() for k, p in task.named_parameters() if p.grad is not None}
    return {k: v.detach() for k, v in losses.items()}, found


def assert_close(found, wanted, *, rtol=1e-10):
    """Compare tensor by tensor in double precision, else the one vector of all their numbers."""
    assert found.keys() == wanted.keys()
    if rtol < 1e-9:
        for name, value in wanted.items():
            # Some gradients are zero but for rounding, such as the attention's key bias
            most = rtol * value.abs().max().item() + 1e-14
            torch.testing.assert_close(found[name], value, rtol=0, atol=most, msg=name)
    else:
        whole = torch.cat([value.flatten() for value in wanted.values()])
        difference = torch.cat([found[name].flatten() for name in wanted]) - whole
        assert difference.norm() <= rtol * whole.norm()


@pytest.mark.parametrize(("dtype", "rtol"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
@pytest.mark.parametrize("size", [1, 2, 4, 5])
@pytest.mark.parametrize("form", ["cmpm", "sdm"])
def test_loss_and_gradient_are_those_of_the_whole_batch(form, size, dtype, rtol):
    task = tiny_task(tiny_heads(form)).to(dtype).eval()  # no statistics of a batch
    batch = batch_of(task)
    wanted_losses, wanted = gradients(task, lambda: task(batch))
    task.micro_batch_size = size
    losses, found = gradients(task, lambda: task(batch))
    assert_close(losses, wanted_losses, rtol=rtol)
    assert_close(found, wanted, rtol=rtol)


@pytest.mark.parametrize("kept", ["contrast", "colorization", "attributes"])
def test_each_head_alone(kept):
    task = tiny_task({kept: tiny_heads()[kept]}).double().eval()
    batch = batch_of(task)
    _, wanted = gradients(task, lambda: task(batch))
    task.micro_batch_size = 4
    _, found = gradients(task, lambda: task(batch))
    assert_close(found, wanted)


def keeping_graphs(function, batches, *, modules):
    """What ``in_micro_batches`` does, with all activations kept and nothing run twice."""
    parts = [function(batch) for batch in batches]
    names = parts[0].terms
    counts = {
        name: [
            len(b) if p.terms[name].count is None else p.terms[name].count.item()
            for b, p in zip(batches, parts, strict=True)
        ]
        for name in names
    }

    def mean(name, pick):
        values = [pick(part.terms[name]) for part in parts]
        weighed = [n * v for n, v in zip(counts[name], values, strict=True)]
        return sum(weighed) / max(sum(counts[name]), 1)

    def count(name):
        own = [part.terms[name].count for part in parts]
        return None if own[0] is None else sum(own)

    def metrics(name):
        known = parts[0].terms[name].metrics
        return {k: mean(name, lambda t, k=k: t.metrics[k]) for k in known}

    terms = {n: LossTerms(mean(n, lambda t: t.loss), metrics(n), count(n)) for n in names}
    rows = {k: torch.cat([p.embeddings[k] for p in parts]) for k in parts[0].embeddings}
    return Encoded(rows, terms)


@pytest.mark.parametrize("half", [False, True])
def test_dropout_masks_and_statistics_are_those_of_one_run(monkeypatch, half):
    """In train mode, against the same parts with all their graphs kept."""
    results = []
    for way in (keeping_graphs, in_micro_batches):
        monkeypatch.setattr("plipdet.tasks.pretraining.in_micro_batches", way)
        task = tiny_task(tiny_heads(mask_ratio=0.5)).train()
        if not half:
            task.double()
        for module in task.text_encoder.encoder.encoder.layer[1].modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.5
        task.micro_batch_size = 4
        batch = batch_of(task)
        torch.manual_seed(5)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            losses = task(batch)
        losses["loss"].backward()
        found = {k: p.grad for k, p in task.named_parameters() if p.grad is not None}
        buffers = dict(task.named_buffers())
        results.append((losses, found, buffers, {"random": torch.rand(3)}))
    for wanted, found in zip(*results, strict=True):
        assert_close(found, wanted, rtol=0.02 if half else 1e-10)
    assert results[1][2]["image_encoder.backbone.bn1.num_batches_tracked"] == 4  # 2 views, 2 parts


def test_no_part_is_larger_and_each_runs_twice():
    task = tiny_task().train()
    task.micro_batch_size = 2
    seen = []
    task.image_encoder.register_forward_hook(
        lambda module, args, out: seen.append((len(args[0]), torch.is_grad_enabled()))
    )
    losses = task(batch_of(task))
    assert seen == [(2, False)] * 6  # colour and gray of three parts
    losses["loss"].backward()
    assert seen[6:] == [(2, True)] * 6


def test_a_batch_as_small_as_a_part_runs_once():
    task = tiny_task().train()
    task.micro_batch_size = 6
    seen = []
    task.image_encoder.register_forward_hook(lambda *args: seen.append(1))
    task(batch_of(task))["loss"].backward()
    assert len(seen) == 2


def test_the_log_has_the_same_names():
    task = tiny_task().eval()
    names = set(task(batch_of(task)))
    task.micro_batch_size = 4
    with torch.no_grad():
        losses = task(batch_of(task))
    assert set(losses) == names and not losses["loss"].requires_grad


def steps(task, batches, kind=OptimWrapper, **options):
    wrapper = kind(torch.optim.SGD(task.parameters(), lr=0.1), **options)
    logs = [task.train_step(batch, wrapper) for batch in batches]
    return wrapper, logs


@pytest.mark.parametrize("counts", [1, 2])
def test_accumulated_batches(counts):
    """Each is a whole batch for its losses; their mean is the gradient."""
    batches = [tiny_batch(6, seed) for seed in range(2)]
    found = []
    for size in (None, 4):
        task = tiny_task().double().eval()
        task.micro_batch_size = size
        steps(task, batches, accumulative_counts=counts)
        found.append(dict(task.named_parameters()))
    assert_close(found[1], found[0])


def test_mixed_precision_step():
    found = []
    for size in (None, 4):
        task = tiny_task().eval()
        task.micro_batch_size = size
        _, (log,) = steps(task, [tiny_batch(6)], PersonAmpOptimWrapper)
        found.append((dict(task.named_parameters()), log["loss"]))
    assert_close(found[1][0], found[0][0], rtol=0.02)
    before = dict(tiny_task().named_parameters())
    moved = [k for k, p in found[1][0].items() if not torch.equal(p, before[k])]
    assert set(moved) == {k for k, p in before.items() if p.requires_grad}


def test_a_scaled_loss_scales_the_gradient():
    task = tiny_task().double().eval()
    task.micro_batch_size = 4
    batch = batch_of(task)
    _, wanted = gradients(task, lambda: task(batch))
    _, found = gradients(task, lambda: {"loss": 64 * task(batch)["loss"]})
    assert_close(found, {k: 64 * g for k, g in wanted.items()})


def test_a_poisoned_picture_skips_the_step():
    task = tiny_task().train()
    task.micro_batch_size = 2
    before = copy.deepcopy(task.state_dict())
    forward = task.data_preprocessor.forward

    def poison(data, training=False):
        found = forward(data, training)
        found["batch"].images[3, 0, 0, 0] = math.nan
        return found

    task.data_preprocessor.forward = poison
    wrapper, _ = steps(task, [tiny_batch(6)], PersonOptimWrapper)
    assert wrapper.skipped is not None
    for name, value in task.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_activation_checkpoints_inside():
    found = []
    for saves in (False, True):
        task = tiny_task().double().eval()
        task.micro_batch_size = 4
        if saves:
            layer = task.image_encoder.backbone.layer3
            forward = layer.forward
            layer.forward = lambda x, f=forward: checkpoint(f, x, use_reentrant=False)
        batch = batch_of(task)
        found.append(gradients(task, lambda t=task, b=batch: t(b))[1])
    assert_close(found[1], found[0])


class Undecided(PretextHead):
    uses = frozenset({"image.embedding"})

    def loss(self, views, batch):
        return LossTerms(views.image.embedding.mean())


class CoupledMaps(Undecided):
    uses = frozenset({"image.stages"})
    couples = frozenset({"image"})


@pytest.mark.parametrize(
    ("head", "size", "message"),
    [
        (Undecided, 2, "set couples of Undecided"),
        (CoupledMaps, 2, r"reads \['image.stages'\]"),
        (Undecided, 0, "1 or more"),
    ],
)
def test_what_micro_batches_cannot_do_is_refused(head, size, message):
    task = tiny_task()
    with pytest.raises(InputError, match=message):
        type(task)(task.image_encoder, heads={"a": head()}, micro_batch_size=size)


def test_a_head_that_couples_sees_embeddings_only():
    embedding = torch.zeros(3, 2)
    views = EmbeddedViews({"image": embedding, "text": embedding})
    assert views.image.embedding is embedding and views.image.stages == ()
    assert views.text.embedding is embedding and views.text.tokens.shape == (3, 0, 2)
    with pytest.raises(InputError, match="'gray'; name it in the head's couples"):
        _ = views.gray
    with pytest.raises(InputError, match="masked captions"):
        views.masked_text(torch.zeros(3, 2, dtype=torch.bool))
