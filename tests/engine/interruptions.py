"""Runs that are stopped and gone on with, and what has to be the same afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook

from plipdet.engine import checkpoint as files
from plipdet.engine.hooks import PreemptionHook
from plipdet.errors import RunStoppedError

_OWN_TIMES = ("time", "data_time", "eta", "experiment_name", "cfg", "config_hash")
_OF_THE_CODE = ("mmengine_version",)
_OWN_PATHS = ("last_ckpt", "best_ckpt", "interrupted_ckpt", "keep_iter_ckpt_ids")


class SignalAt(Hook):
    """Acts as if this process had got a signal during an iteration."""

    def __init__(self, iteration, name="SIGTERM"):
        self.iteration, self.name = iteration, name

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter + 1 == self.iteration:
            hook = next(h for h in runner.hooks if isinstance(h, PreemptionHook))
            hook.signals.received = self.name


def train_until(iteration, runner_of, cfg, **changes):
    """Train until a signal in an iteration stops the run; return the message."""
    runner = runner_of(cfg, **changes)
    runner.register_hook(SignalAt(iteration))
    with pytest.raises(RunStoppedError) as stopped:
        runner.train()
    assert stopped.value.exit_code == 143
    return str(stopped.value)


def assert_same_end(whole, resumed, name, *, ignored=()):
    """Compare all that the last checkpoints of two work folders hold."""
    ours, theirs = (files.read_checkpoint(Path(work) / name) for work in (whole, resumed))
    assert_same(ours, theirs, "", ignored)


def assert_same(ours, theirs, where, ignored=()):
    if isinstance(ours, torch.Tensor):
        assert torch.equal(ours, theirs), where
    elif isinstance(ours, Mapping):
        skipped = {k for k in {*ours, *theirs} if is_own(str(k)) or k in ignored}
        assert {*ours} - skipped == {*theirs} - skipped, where
        for key in {*ours} - skipped:
            assert_same(ours[key], theirs[key], f"{where}.{key}", ignored)
    elif isinstance(ours, (list, tuple)):
        assert len(ours) == len(theirs), where
        for number, pair in enumerate(zip(ours, theirs, strict=True)):
            assert_same(*pair, f"{where}.{number}", ignored)
    else:
        assert ours == theirs or ours != ours, (where, ours, theirs)


def is_own(key):
    if key in _OF_THE_CODE:  # it has the commit, which may change while the tests run
        return True
    return key in _OWN_PATHS or key.rsplit("/", 1)[-1] in _OWN_TIMES


def losses(work_dir):
    """Return by iteration what the log's lines say of training, without times."""
    lines = {}
    for path in sorted(Path(work_dir).glob("*/vis_data/*.json")):
        for text in path.read_text().splitlines():
            line = json.loads(text)
            if "loss" in line:
                lines[line["iter"]] = {k: v for k, v in line.items() if not is_own(k)}
    return lines
