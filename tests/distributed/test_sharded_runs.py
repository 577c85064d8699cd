"""A run over sharded weights stops, goes on, and is read again like any other."""

import os
import sys
from pathlib import Path

import pytest
import torch
from mmengine.hooks import EMAHook

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))

from interruptions import assert_same_end, losses, train_until
from toy_config import CONFIG

from plipdet.distributed.sharding import can_shard, is_sharded
from plipdet.engine import PLIPRunner
from plipdet.engine.checkpoint import read_checkpoint
from plipdet.engine.config import load_config

pytestmark = pytest.mark.skipif(not can_shard("cpu"), reason="this PyTorch needs a GPU for it")


def _config(folder, work, wrapper):
    cfg = load_config(folder / "toy.py", work_dir=folder / work)
    cfg.train_dataloader.batch_size = 2
    cfg.custom_hooks.append(dict(type=EMAHook, momentum=0.1))
    cfg.optim_wrapper.clip_grad = dict(max_norm=0.5)
    cfg.model_wrapper_cfg = wrapper
    cfg.launcher = "pytorch"
    cfg.experiment_name = f"{folder.name}-{work}"
    return cfg


def _runner(cfg, **changes):
    cfg = cfg.copy()
    for key, value in changes.items():
        cfg[key] = value
        cfg["experiment_name"] += f"-{key}"
    return PLIPRunner.from_cfg(cfg)


def _run(rank, folder, work, wrapper, stop):
    os.environ["LOCAL_RANK"] = str(rank)
    cfg = _config(folder, work, wrapper)
    if stop:
        train_until(stop, _runner, cfg)
        torch.rand(7)  # whatever else happens to the generators meanwhile
    runner = _runner(cfg, **({"resume": True} if stop else {}))
    runner.train()
    return is_sharded(runner.bare_model)


@pytest.fixture(scope="module")
def runs(ranks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sharded")
    (folder / "toy.py").write_text(CONFIG)
    sharded = {"type": "FullySharded", "reshard_after_forward": False}
    for work, wrapper, stop in (
        ("plain", None, None),
        ("whole", sharded, None),
        ("parts", sharded, 3),
    ):
        found = ranks.run(_run, [(rank, folder, work, wrapper, stop) for rank in range(2)])
        assert found == [wrapper is not None] * 2
    return folder


def test_interrupted_is_uninterrupted(runs):
    assert_same_end(runs / "whole", runs / "parts", "epoch_2.pth")
    assert losses(runs / "parts") == losses(runs / "whole") != {}


def test_the_checkpoint_is_that_of_a_run_with_whole_weights(runs):
    plain, sharded = (read_checkpoint(runs / work / "epoch_2.pth") for work in ("plain", "whole"))
    for key in ("state_dict", "ema_state_dict"):
        assert sharded[key].keys() == plain[key].keys()
        for name, value in plain[key].items():
            if not name.endswith("net.0.bias"):  # before batch norm: its gradient is rounding only
                torch.testing.assert_close(sharded[key][name], value, rtol=1e-3, atol=1e-4)
    states, wanted = sharded["optimizer"]["state"], plain["optimizer"]["state"]
    assert states.keys() == wanted.keys()
    for number, state in wanted.items():
        assert {k: v.shape for k, v in states[number].items()} == {
            k: v.shape for k, v in state.items()
        }
