"""Two stages on MiniPedes scenes: a trained network's boxes, and PLIP's mini model on the crops."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.miniscenes import test_cfg, test_dataloader, test_evaluator
    from .._base_.models.two_stage_mini import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )

from plipdet.datasets.transforms import LoadScene

for _loader in test_dataloader.values():
    _loader["dataset"]["pipeline"] = [dict(type=LoadScene)]  # crops are cut from all pixels
test_evaluator["weigh_by_score"] = False
