"""Two ranks that are stopped and gone on with end as two that were not."""

import os
import sys
from pathlib import Path

import pytest
import torch
import torch.distributed as dist

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))

from interruptions import assert_same_end, losses, train_until
from toy_config import CONFIG


def _train(path, work, kind, stop, signalled, resume):
    from mmengine.hooks import EMAHook

    from plipdet.engine import PLIPRunner
    from plipdet.engine.config import load_config
    from plipdet.engine.hooks import PreemptionHook

    os.environ["LOCAL_RANK"] = str(dist.get_rank())
    cfg = load_config(path, work_dir=work, overrides={"train_cfg.max_epochs": 3})
    cfg.launcher, cfg.resume, cfg.experiment_name = "pytorch", resume, f"{work.name}{stop}"
    cfg.train_dataloader.dataset.size = 26  # batches of 4, 4, 4 and 1 on each rank
    cfg.default_hooks.logger.interval = 3
    cfg.default_hooks.preemption = dict(type=PreemptionHook, interval=2)
    cfg.custom_hooks.append(dict(type=EMAHook, momentum=0.1, update_buffers=True))
    if kind == "epochs":
        cfg.train_dataloader.num_workers = 1
    else:
        cfg.train_cfg = dict(by_epoch=False, max_iters=11, val_interval=4)
        cfg.default_hooks.checkpoint.update(by_epoch=False, interval=5)
    try:
        if stop is None:
            PLIPRunner.from_cfg(cfg).train()
        else:
            train_until(stop if signalled else -1, PLIPRunner.from_cfg, cfg)
    finally:
        torch.set_flush_denormal(False)  # for the tests that these processes run later


@pytest.mark.parametrize(("kind", "stops"), [("epochs", (2, 9)), ("iterations", (6, 8))])
def test_interrupted_is_uninterrupted(ranks, tmp_path, kind, stops):
    path = tmp_path / "toy.py"
    path.write_text(CONFIG, encoding="utf-8")

    def train(work, stop=None, resume=False):
        arguments = (path, tmp_path / work, kind, stop)
        ranks.run(_train, [(*arguments, rank == 1, resume) for rank in range(2)])

    train("whole")
    train("parts", stops[0])
    train("parts", stops[1], resume=True)
    train("parts", resume=True)
    name = {"epochs": "epoch_3.pth", "iterations": "iter_11.pth"}[kind]
    assert_same_end(tmp_path / "whole", tmp_path / "parts", name)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole") != {}
