"""Attributes on MiniPedes by a phrase for each, zero-shot."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.minipedes_attributes import test_cfg, test_dataloader, test_evaluator
    from .._base_.models.plip_mini import model
    from .._base_.models.prompt_heads import heads
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )

from plipdet.tasks import AttributeRecognitionTask

# Training pictures, whose labels are not read, say what cosine is usual for a phrase.
test_dataloader = dict(
    labelled=test_dataloader,
    reference=dict(test_dataloader, dataset=dict(test_dataloader["dataset"], split="train")),
)
model["type"], model["heads"] = AttributeRecognitionTask, heads
