"""A sentence finds people in MiniPedes scenes, zero-shot: a network's boxes, PLIP on the crops."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.box_captions import tokenize as _tokenize
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

test_dataloader["query"]["dataset"].update(content="sentences", pipeline=[_tokenize])
test_dataloader["gallery"]["dataset"]["pipeline"] = [dict(type=LoadScene)]  # crops of all pixels
test_evaluator["weigh_by_score"] = False
