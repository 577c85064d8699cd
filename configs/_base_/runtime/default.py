"""Hooks, logging and process settings that every run shares."""

from mmengine.hooks import (
    CheckpointHook,
    DistSamplerSeedHook,
    IterTimerHook,
    LoggerHook,
    ParamSchedulerHook,
)
from mmengine.visualization import LocalVisBackend, TensorboardVisBackend, Visualizer

from plipdet.engine.hooks import (
    NonFiniteHook,
    PreemptionHook,
    ProgressBarHook,
    UnreadableImagesHook,
)

default_scope = "plipdet"
default_hooks = dict(
    timer=dict(type=IterTimerHook),
    sampler_seed=dict(type=DistSamplerSeedHook),
    param_scheduler=dict(type=ParamSchedulerHook),
    logger=dict(type=LoggerHook, interval=50),
    checkpoint=dict(type=CheckpointHook, interval=1, max_keep_ckpts=3),
    non_finite=dict(type=NonFiniteHook, limit=100),
    unreadable_images=dict(type=UnreadableImagesHook, limit=100),
    preemption=dict(type=PreemptionHook, interval=10),
    progress=dict(type=ProgressBarHook),
)
env_cfg = dict(cudnn_benchmark=True, mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0))
visualizer = dict(
    type=Visualizer,
    vis_backends=[dict(type=LocalVisBackend), dict(type=TensorboardVisBackend)],
)
log_level = "INFO"
randomness = dict(seed=0)
