"""Attributes on MiniPedes by a phrase for each: both encoders, fine-tuned."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.minipedes_attributes import (
        test_cfg,
        test_dataloader,
        test_evaluator,
        train_dataloader,
        val_cfg,
        val_dataloader,
        val_evaluator,
    )
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
    from .._base_.schedules.text_reid_mini import (
        load_from_parts,
        optim_wrapper,
        param_scheduler,
        train_cfg,
    )

from plipdet.tasks import AttributeRecognitionTask

model["type"], model["heads"] = AttributeRecognitionTask, heads
default_hooks["checkpoint"].update(save_best="mA", rule="greater")
