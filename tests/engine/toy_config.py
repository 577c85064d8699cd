"""A config over the toys, and running a tool on it in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TOYS = Path(__file__).parent
REPOSITORY = TOYS.parents[1]

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


def run_tool(script, *arguments, launcher=(sys.executable,), **options):
    paths = [str(REPOSITORY), str(TOYS), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHON": sys.executable}
    environment.setdefault("OMP_NUM_THREADS", "1")
    return subprocess.run(
        [*launcher, str(REPOSITORY / script), *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        **options,
    )
