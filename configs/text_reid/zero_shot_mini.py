"""Zero-shot search by sentence among unseen MiniPedes people."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.minipedes_text_retrieval import test_cfg, test_dataloader, test_evaluator
    from .._base_.models.plip_mini import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
