"""The strong baseline of Jia et al. on RAP without shared people, from PLIP's ResNet-50."""

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
    from .._base_.models.deepmar_r50 import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.attribute_30e import optim_wrapper, param_scheduler, train_cfg

from plipdet.datasets.sources import RapV2
from plipdet.engine.hooks import SteadyEMAHook

# Made of the published pickle by tools/converters/attribute_splits.py.
for _loader in (train_dataloader, val_dataloader, test_dataloader):
    _loader["dataset"]["source"].update(type=RapV2, split_file="zero_shot_split.json")
model["heads"]["recognition"]["batch_norm"] = True
custom_hooks = [dict(type=SteadyEMAHook, momentum=0.0002)]
default_hooks["checkpoint"].update(save_best="mA", rule="greater")
# With the weights come the mean and deviation that their pictures were normalised by.
load_from_parts = ["image_encoder.backbone.", "data_preprocessor."]
