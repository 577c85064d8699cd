"""PLIP pre-training of ResNet-152 and BERT-base on SYNTH-PEDES, the paper's recipe."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.synth_pedes import train_dataloader
    from .._base_.models.plip_r50_bert import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.plip_70e import (
        custom_hooks,
        optim_wrapper,
        param_scheduler,
        train_cfg,
    )

model["image_encoder"]["backbone"]["depth"] = 152
