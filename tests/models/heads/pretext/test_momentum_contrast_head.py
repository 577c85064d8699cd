import copy

import pytest
import torch
from tiny_task import tiny_task, tiny_two_views

from plipdet.errors import InputError
from plipdet.models import MomentumContrastHead

HEAD = {"type": MomentumContrastHead, "dim": 6, "queue_size": 10, "momentum": 0.9}


def task_and_head(**options):
    task = tiny_task({"contrast": {**HEAD, **options}})
    return task, task.heads["contrast"]


def prepared(task, size=4, seed=0):
    return task.data_preprocessor(tiny_two_views(size, seed), True)["batch"]


def slow_loss(task, head, batch, queue, momentum_modules):
    """Algorithm 1 of He et al. (arXiv 1911.05722), a picture at a time, in eval mode."""
    encoder, projector = momentum_modules
    losses, keys = [], []
    for number in range(len(batch)):
        query = head.projector(task.image_encoder(batch.images[[number]]).embedding)[0]
        key = projector(encoder(batch.second_images[[number]]).embedding)[0]
        query, key = query / query.norm(), key / key.norm()
        products = [query @ key, *(query @ row for row in queue)]
        logits = torch.stack(products) / head.temperature
        losses.append(-logits[0] + torch.logsumexp(logits, dim=0))
        keys.append(key)
    return torch.stack(losses).mean(), torch.stack(keys)


def test_loss_momentum_and_queue_are_the_papers():
    task, head = task_and_head()
    task.double().train()
    for module in task.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # statistics of a batch are not a picture's
            module.eval()
    with torch.no_grad():
        for parameter in head.momentum_encoder.parameters():
            parameter.add_(0.1)
    queue = head.queue.clone()
    count = 0
    for step in range(4):  # 16 keys, more than the queue has places
        batch = prepared(task, seed=step)
        expected_encoder = copy.deepcopy((head.momentum_encoder, head.momentum_projector))
        pairs = zip(expected_encoder, (task.image_encoder, head.projector), strict=True)
        with torch.no_grad():
            for slow, fast in pairs:
                for own, other in zip(slow.parameters(), fast.parameters(), strict=True):
                    own.copy_(0.9 * own + 0.1 * other)
        wanted, keys = slow_loss(task, head, batch, queue, expected_encoder)
        loss = task(batch)["loss"]
        torch.testing.assert_close(loss, wanted, rtol=1e-9, atol=0)
        (gradient,) = torch.autograd.grad(wanted, head.projector[0].weight)
        task.zero_grad()
        loss.backward()
        torch.testing.assert_close(head.projector[0].weight.grad, gradient, rtol=1e-8, atol=1e-12)
        for key in keys.detach():
            queue[count % 10] = key
            count += 1
        torch.testing.assert_close(head.queue, queue, rtol=1e-9, atol=1e-12)
        moved = zip(head.momentum_encoder.parameters(), expected_encoder[0].parameters(),
                    strict=True)  # fmt: skip
        for own, other in moved:
            torch.testing.assert_close(own, other, rtol=1e-9, atol=1e-12)
        with torch.no_grad():  # a training step
            for parameter in task.image_encoder.parameters():
                parameter.mul_(0.99)
    assert int(head.enqueued) == 16


def test_evaluation_changes_nothing():
    task, head = task_and_head()
    task.eval()
    before = copy.deepcopy(task.state_dict())
    task(prepared(task))
    for name, value in task.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert head.queue.norm(dim=1).allclose(torch.ones(10))


def test_the_copy_gets_no_gradient_and_is_no_second_encoder():
    task, head = task_and_head()
    task(prepared(task))["loss"].backward()
    assert all(p.grad is None for p in head.momentum_encoder.parameters())
    names = [name for name, _ in head.named_parameters()]
    assert {name.split(".")[0] for name in names} == {
        "projector", "momentum_encoder", "momentum_projector"
    }  # fmt: skip


def test_starting_weights_reach_the_copy():
    task, head = task_and_head()
    with torch.no_grad():
        for parameter in task.image_encoder.parameters():
            parameter.add_(1.0)
    task.weights_loaded({"image_encoder.backbone.conv1.weight"})
    for own, other in zip(
        head.momentum_encoder.parameters(), task.image_encoder.parameters(), strict=True
    ):
        assert torch.equal(own, other)
    with torch.no_grad():
        next(head.momentum_encoder.parameters()).zero_()
    task.weights_loaded({"heads.contrast.momentum_encoder.pooling.weight"})
    assert not next(head.momentum_encoder.parameters()).any()


def test_a_state_goes_on_where_it_was():
    task, head = task_and_head()
    other, _ = task_and_head()
    for step in range(3):
        task(prepared(task, seed=step))
    other.load_state_dict(task.state_dict())
    for model in (task, other):
        model(prepared(model, seed=9))
    assert torch.equal(head.queue, other.heads["contrast"].queue)
    assert int(other.heads["contrast"].enqueued) == 16


def test_a_batch_that_training_skips_does_not_spoil_the_queue():
    task, head = task_and_head()
    batch = prepared(task)
    batch.second_images[1] = torch.nan
    task(batch)
    assert torch.isfinite(head.queue).all()


def test_a_second_view_is_needed():
    task, _ = task_and_head()
    batch = prepared(task).replace(second_images=None)
    with pytest.raises(InputError, match="put SecondView into the pipeline"):
        task(batch)


def test_a_batch_larger_than_the_queue_is_refused():
    task, _ = task_and_head(queue_size=3)
    with pytest.raises(InputError, match="queue_size is 3, fewer than the 4 pictures"):
        task(prepared(task))


@pytest.mark.parametrize(
    "options", [{"momentum": 1.5}, {"temperature": 0}, {"queue_size": 0}, {"dim": 0}]
)
def test_wrong_values_are_refused(options):
    with pytest.raises(
        InputError, match=f"{next(iter(options))} is {next(iter(options.values()))}"
    ):
        task_and_head(**options)
