"""Ranks decide alike, also about a step that only one of them finds wrong."""

import math
from contextlib import nullcontext

import pytest
import torch
from torch import nn
from torch.distributed.fsdp import FullyShardedDataParallel
from torch.nn.parallel import DistributedDataParallel

from plipdet.distributed import any_rank
from plipdet.engine.optim import PersonAmpOptimWrapper, PersonOptimWrapper


def test_one_process_agrees_with_itself():
    flags = torch.tensor([True, False])
    assert any_rank(flags) is flags


def test_a_flag_of_one_rank_is_everyones(ranks):
    flags = [torch.tensor([True, False, False]), torch.tensor([False, True, False])]
    for found in ranks.run(any_rank, [(f,) for f in flags]):
        assert found.tolist() == [True, True, False]


def _train(batches, exchange):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    wrapped = DistributedDataParallel(model) if exchange else model
    wrapper = PersonOptimWrapper(torch.optim.AdamW(model.parameters(), lr=0.1))
    seen = []
    for batch in batches:
        with wrapper.optim_context(wrapped):
            loss = wrapped(batch).square().mean()
        wrapper.update_params(loss)
        seen.append(wrapper.skipped)
    return seen, {k: v.numpy() for k, v in model.state_dict().items()}


@pytest.mark.parametrize("exchange", [True, False], ids=["shared", "own_gradients"])
def test_all_ranks_skip_what_one_finds_wrong(ranks, exchange):
    good = torch.randn(2, 3, 5, 3)
    bad = good[1].clone()
    bad[1, 2, 0] = math.nan
    found = ranks.run(_train, [(good[0], exchange), (bad, exchange)])
    wanted = ranks.run(_train, [(g[[0, 2]], exchange) for g in good])
    for rank, ((seen, state), (_, clean)) in enumerate(zip(found, wanted, strict=True)):
        assert [s is not None for s in seen] == [False, True, False]
        assert math.isfinite(seen[1].losses[0]) == (rank == 0)
        assert math.isfinite(seen[1].grad_norm) == (rank == 0 and not exchange)
        for name, value in state.items():
            assert (value == clean[name]).all(), name


def _overflow(scale_of_gradient):
    layer = nn.Linear(2, 1)
    wrapper = PersonAmpOptimWrapper(torch.optim.SGD(layer.parameters(), lr=0.1))
    wrapper.loss_scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    with wrapper.optim_context(layer):
        loss = layer(torch.ones(1, 2)).float().sum()
    layer.weight.register_hook(lambda grad: grad * scale_of_gradient)
    wrapper.update_params(loss)
    return wrapper.skipped, wrapper.loss_scaler.get_scale()


def test_the_scale_stays_the_same_on_all_ranks(ranks):
    for skipped, scale in ranks.run(_overflow, [(1.0,), (math.inf,)]):
        assert skipped.overflow and scale == 4.0


def _clip(batches, sharded, clip):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 2))
    if sharded:
        cpu = torch.device("cpu")
        wrapped = FullyShardedDataParallel(model, use_orig_params=True, device_id=cpu)
    else:
        wrapped = DistributedDataParallel(model)
    wrapper = PersonOptimWrapper(torch.optim.SGD(wrapped.parameters(), lr=0.1), clip_grad=clip)
    for batch in batches:
        with wrapper.optim_context(wrapped):
            loss = wrapped(batch).square().mean()
        wrapper.update_params(loss)
    gathered = FullyShardedDataParallel.summon_full_params(wrapped) if sharded else nullcontext()
    with gathered:
        weights = [p.detach().clone().numpy() for p in wrapped.parameters()]
    return [float(norm) for norm in wrapper.take_grad_norms()], weights


@pytest.mark.parametrize(
    "clip", [None, {"max_norm": 0.01}, {"type": "value", "clip_value": 0.001}], ids=str
)
@pytest.mark.filterwarnings("ignore")
def test_sharded_gradients_have_the_norm_of_the_whole(ranks, clip):
    batches = torch.randn(2, 3, 5, 3)
    plain = ranks.run(_clip, [(own, False, clip) for own in batches])
    sharded = ranks.run(_clip, [(own, True, clip) for own in batches])
    for (wanted, weights), (norms, others) in zip(plain, sharded, strict=True):
        assert norms == pytest.approx(wanted, rel=1e-5)
        for value, other in zip(weights, others, strict=True):
            assert other == pytest.approx(value, rel=1e-5, abs=1e-7)
