"""Ranks decide alike, also about a step that only one of them finds wrong."""

import math

import pytest
import torch
from torch import nn
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
