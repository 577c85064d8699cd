"""The strong baseline of Jia et al. on PA-100K, from ImageNet's ResNet-50."""

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

from plipdet.engine.hooks import SteadyEMAHook
from plipdet.models.backbones import TimmBackbone

# timm brings the weights, from the hub or its cache; ImageNet's mean and deviation go with them.
model["image_encoder"]["backbone"] = dict(type=TimmBackbone, name="resnet50", pretrained=True)
model["data_preprocessor"].update(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
model["heads"]["recognition"]["batch_norm"] = True
custom_hooks = [dict(type=SteadyEMAHook, momentum=0.0002)]
default_hooks["checkpoint"].update(save_best="mA", rule="greater")
