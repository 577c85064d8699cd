"""PA-100K by a phrase for each attribute: PLIP's two encoders, fine-tuned."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.attributes import (
        test_cfg,
        test_dataloader,
        test_evaluator,
        train_dataloader,
        val_cfg,
        val_dataloader,
        val_evaluator,
    )
    from .._base_.models.plip_r50_bert import model
    from .._base_.models.prompt_heads import heads
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.attribute_30e import optim_wrapper, param_scheduler, train_cfg

from plipdet.tasks import AttributeRecognitionTask

# PLIP compares pooled embeddings of pictures of its own size.
for _loader in (train_dataloader, val_dataloader, test_dataloader):
    for _step in _loader["dataset"]["pipeline"]:
        for _key in ("size", "min_size"):
            if _key in _step:
                _step[_key] = (256, 128)
model["type"], model["heads"] = AttributeRecognitionTask, heads
optim_wrapper["paramwise_cfg"] = dict(custom_keys={"text_encoder": dict(lr_mult=0.1)})
default_hooks["checkpoint"].update(save_best="mA", rule="greater")
load_from_parts = ["data_preprocessor.", "image_encoder.", "text_encoder."]
