import copy
import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
TOYS = Path(__file__).parent
_RUNS = itertools.count()

CONFIG = """
from engine_toys import ToyDataset, ToyEncoder, ToyHead, ToyMetric, ToyTask
from mmengine.hooks import CheckpointHook, LoggerHook
from mmengine.optim import LinearLR, MultiStepLR, OptimWrapper

from plipdet.datasets import PersonSampler, collate
from plipdet.engine.hooks import MaskCurriculumHook
from plipdet.engine.loops import RetrievalLoop
from plipdet.engine.optim import Adan

model = dict(
    type=ToyTask,
    image_encoder=dict(type=ToyEncoder, width=6),
    heads=dict(contrast=dict(type=ToyHead, loss_weight=1.0)),
)
train_dataloader = dict(
    batch_size=4,
    num_workers=0,
    dataset=dict(type=ToyDataset, size=16),
    sampler=dict(type=PersonSampler, shuffle=True),
    collate_fn=dict(type=collate),
)
train_cfg = dict(by_epoch=True, max_epochs=2)
side = dict(
    batch_size=4,
    dataset=dict(type=ToyDataset, size=6),
    sampler=dict(type=PersonSampler, shuffle=False),
    collate_fn=dict(type=collate),
)
val_dataloader = dict(query=side, gallery=side)
val_cfg = dict(type=RetrievalLoop)
val_evaluator = dict(type=ToyMetric)
test_dataloader, test_cfg, test_evaluator = val_dataloader, val_cfg, val_evaluator
optim_wrapper = dict(
    type=OptimWrapper,
    optimizer=dict(type=Adan, lr=2e-3, weight_decay=0.02),
    paramwise_cfg=dict(custom_keys=dict(text_encoder=dict(lr_mult=0.1))),
)
param_scheduler = [
    dict(type=LinearLR, start_factor=0.1, begin=0, end=10),
    dict(type=MultiStepLR, milestones=[30, 50], gamma=0.1),
]
default_hooks = dict(
    logger=dict(type=LoggerHook, interval=2),
    checkpoint=dict(
        type=CheckpointHook, interval=1, max_keep_ckpts=1, save_best="rank1", rule="greater"
    ),
)
custom_hooks = [dict(type=MaskCurriculumHook)]
randomness = dict(seed=3)
"""


@pytest.fixture
def write_config(tmp_path):
    def write(*, name="toy.py", append="", replace=()):
        text = CONFIG
        for old, new in replace:
            assert old in text, old
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text + append, encoding="utf-8")
        return path

    return write


@pytest.fixture
def load(write_config, tmp_path):
    from plipdet.engine.config import load_config

    def load_it(*, work="run", overrides=None, **options):
        path = write_config(**options)
        return load_config(path, overrides=overrides, work_dir=tmp_path / work)

    return load_it


@pytest.fixture
def runner_of():
    from plipdet.engine import PLIPRunner

    def make(cfg, **changes):
        cfg = copy.deepcopy(cfg)
        for key, value in changes.items():
            cfg[key] = value
        # MMEngine keeps loggers and message hubs by this name and the second.
        cfg["experiment_name"] = f"toy{next(_RUNS)}"
        return PLIPRunner.from_cfg(cfg)

    return make


@pytest.fixture
def run_tool():
    def run(script, *arguments, env=None, launcher=()):
        command = [*(launcher or [sys.executable]), str(REPOSITORY / script)]
        paths = [str(REPOSITORY), str(TOYS), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **(env or {})}
        environment.setdefault("OMP_NUM_THREADS", "1")
        return subprocess.run(
            [*command, *map(str, arguments)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )

    return run
