"""Zero-shot search by sentence on UFine6926: ResNet-50 and BERT-base."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.cuhk_pedes_retrieval import test_cfg, test_dataloader, test_evaluator
    from .._base_.models.plip_r50_bert import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )

from plipdet.datasets.sources import UFine6926

for _loader in test_dataloader.values():
    _loader["dataset"]["source"]["type"] = UFine6926
# Its captions have 80 words.
test_dataloader["query"]["dataset"]["pipeline"][-1]["tokenizer"]["max_length"] = 128
