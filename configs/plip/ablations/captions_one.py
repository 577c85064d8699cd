"""Ablation, captions: one generated caption, 10,000 identities."""

from mmengine.config import read_base

with read_base():
    from ..._base_.datasets.synth_pedes_10k import train_dataloader
    from ..._base_.models.plip_r50_bert import model
    from ..._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from ..._base_.schedules.plip_70e import (
        custom_hooks,
        optim_wrapper,
        param_scheduler,
        train_cfg,
    )

train_dataloader["dataset"]["pipeline"][3].update(captions=1, prompt=False)
