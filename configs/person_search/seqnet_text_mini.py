"""A sentence finds people in MiniPedes scenes: detection, OIM and contrast with texts together."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.box_captions import tokenize as _tokenize
    from .._base_.datasets.miniscenes import (
        test_cfg,
        test_dataloader,
        test_evaluator,
        train_dataloader,
    )
    from .._base_.models.seqnet_mini import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.person_search_mini import optim_wrapper, param_scheduler, train_cfg

from plipdet.models.heads.search import BoxTextContrastHead

train_dataloader["dataset"]["pipeline"].append(_tokenize)
test_dataloader["query"]["dataset"].update(content="sentences", pipeline=[_tokenize])
model["heads"]["texts"] = dict(type=BoxTextContrastHead, temperature=0.05)
# With the weights come the mean and deviation that their pictures were normalised by.
load_from_parts = ["image_encoder.", "text_encoder.", "data_preprocessor."]
