"""A step on numbers that are not finite is as if it had not been."""

import copy
import math

import pytest
import torch
from mmengine.optim import OptimWrapper
from torch import nn

from plipdet.engine.optim import PersonAmpOptimWrapper, PersonOptimWrapper
from plipdet.models.buffer_copy import BufferCopy

CLIPS = [None, {"max_norm": 0.1}, {"max_norm": 0.1, "norm_type": math.inf},
         {"type": "value", "clip_value": 0.01}]  # fmt: skip


class InfiniteGradient(torch.autograd.Function):
    """A finite value whose gradient overflows, as a square root's at zero."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        return grad * math.inf


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


def wrapper_of(model, kind=PersonOptimWrapper, **options):
    return kind(torch.optim.AdamW(model.parameters(), lr=0.1), **options)


def batches(count, *, seed=1):
    return list(torch.randn(count, 5, 3, generator=torch.Generator().manual_seed(seed)))


def poisoned():
    batch = torch.ones(5, 3)
    batch[2, 1] = math.nan
    return batch


def train(model, wrapper, data, *, bad_gradient=()):
    seen = []
    for number, batch in enumerate(data):
        with wrapper.optim_context(model):
            out = model(batch)
            if number in bad_gradient:
                out = InfiniteGradient.apply(out)
            loss = out.square().mean()
        wrapper.update_params(loss)
        seen.append(getattr(wrapper, "skipped", None))
    return seen


def state(model, wrapper):
    moments = wrapper.optimizer.state_dict()["state"]
    flat = {f"{k}.{name}": t for k, entry in moments.items() for name, t in entry.items()}
    return copy.deepcopy({**model.state_dict(), **flat})


def assert_same(left, right):
    assert left.keys() == right.keys() and left
    for name in left:
        assert torch.equal(left[name], right[name]), name


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("counts", [1, 2])
def test_a_good_run_is_that_of_mmengine_bit_for_bit(clip, counts):
    states = []
    for kind in (PersonOptimWrapper, OptimWrapper):
        model = net()
        options = copy.deepcopy(clip)  # MMEngine takes the type out of it
        wrapper = wrapper_of(model, kind, clip_grad=options, accumulative_counts=counts)
        assert set(train(model, wrapper, batches(6))) == {None}
        states.append(state(model, wrapper))
    assert_same(*states)


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("fault", ["picture", "gradient"])
def test_a_bad_step_is_as_if_it_had_not_been(clip, fault):
    clean, dirty = net(), net()
    good = batches(4)
    bad = poisoned() if fault == "picture" else torch.ones(5, 3)
    wrappers = [wrapper_of(m, clip_grad=clip) for m in (clean, dirty)]
    train(clean, wrappers[0], good)
    position = () if fault == "picture" else (2,)
    seen = train(dirty, wrappers[1], [*good[:2], bad, *good[2:]], bad_gradient=position)
    assert [s is not None for s in seen] == [False, False, True, False, False]
    assert not seen[2].overflow
    assert math.isfinite(seen[2].losses[0]) == (fault == "gradient")
    assert not math.isfinite(seen[2].grad_norm)
    assert {"0.weight", "2.weight"} <= set(seen[2].parameters)
    assert_same(*[state(m, w) for m, w in zip((clean, dirty), wrappers, strict=True)])
    assert [len(w.take_grad_norms()) for w in wrappers] == [4, 4]


def test_a_poisoned_picture_leaves_nothing_in_the_running_mean():
    model = net()
    before = copy.deepcopy(model.state_dict())
    model(poisoned())
    assert model[1].running_mean.isnan().any(), "else this test shows nothing"
    model.load_state_dict(before)
    train(model, wrapper_of(model), [poisoned()])
    assert_same(model.state_dict(), before)


@pytest.mark.parametrize("position", [0, 1])
def test_one_bad_iteration_skips_all_that_accumulate_with_it(position):
    clean, dirty = net(), net()
    good = batches(4)
    wrappers = [wrapper_of(m, accumulative_counts=2) for m in (clean, dirty)]
    train(clean, wrappers[0], good)
    pair = batches(1, seed=9)
    pair.insert(position, poisoned())
    seen = train(dirty, wrappers[1], [*good[:2], *pair, *good[2:]])
    assert [s is not None for s in seen] == [False] * 3 + [True] + [False] * 2
    assert [math.isfinite(loss) for loss in seen[3].losses] == [position == 1, position == 0]
    assert all(p.grad is None for p in dirty.parameters())
    assert_same(*[state(m, w) for m, w in zip((clean, dirty), wrappers, strict=True)])


def scaled_wrapper(model, scale, kind=PersonAmpOptimWrapper):
    wrapper = wrapper_of(model, kind)
    wrapper.loss_scaler = torch.amp.GradScaler("cpu", init_scale=scale, growth_interval=3)
    return wrapper


def test_an_overflow_under_the_scale_lowers_it_and_is_no_fault():
    model = net()
    wrapper = scaled_wrapper(model, 1024.0)
    before = state(model, wrapper)
    (skipped,) = train(model, wrapper, batches(1), bad_gradient=[0])
    assert skipped.overflow and skipped.parameters == []
    assert wrapper.loss_scaler.get_scale() == 512.0
    assert_same(state(model, wrapper), before)


def test_a_bad_loss_leaves_the_scale_alone():
    model = net()
    wrapper = scaled_wrapper(model, 1024.0)
    seen = train(model, wrapper, [*batches(1), poisoned(), *batches(2)])
    assert [s is not None for s in seen] == [False, True, False, False]
    assert not seen[1].overflow
    assert wrapper.loss_scaler.get_scale() == 2048.0  # three good steps double it


def test_a_gradient_that_overflows_without_a_scale_is_a_fault():
    model = net()
    wrapper = scaled_wrapper(model, 1.0)
    (skipped,) = train(model, wrapper, batches(1), bad_gradient=[0])
    assert not skipped.overflow and skipped.parameters


def test_the_scaled_step_is_that_of_the_scaler():
    model, reference = net(), net()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        reference(torch.ones(5, 3))
    reference.load_state_dict(model.state_dict())
    wrapper = scaled_wrapper(model, 1024.0)
    train(model, wrapper, batches(4))
    optimizer = torch.optim.AdamW(reference.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=3)
    for batch in batches(4):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = reference(batch).square().mean()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
    assert wrapper.loss_scaler.state_dict() == scaler.state_dict()
    assert_same(model.state_dict(), reference.state_dict())


@pytest.mark.parametrize("clip", [{"max_norms": 1}, {"norm_type": 2}])
def test_wrong_arguments_to_clip_with_are_refused(clip):
    with pytest.raises(TypeError, match="argument"):
        wrapper_of(net(), clip_grad=clip)


def test_buffers_come_back_of_each_kind():
    model = net().double()
    model.register_buffer("queue", torch.arange(4))
    kept = copy.deepcopy(model.state_dict())
    copied = BufferCopy(model)
    copied.take()
    model(torch.randn(5, 3, dtype=torch.float64))
    model.queue = model.queue + 1  # another tensor in its place
    copied.restore()
    assert_same(model.state_dict(), kept)
