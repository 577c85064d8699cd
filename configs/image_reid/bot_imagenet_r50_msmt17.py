"""Bag of Tricks on MSMT17, from ImageNet's ResNet-50."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.image_reid import train_dataloader
    from .._base_.datasets.market1501_retrieval import test_cfg, test_dataloader, test_evaluator
    from .._base_.models.bot_r50 import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.bot_120e import optim_wrapper, param_scheduler, train_cfg

from plipdet.datasets.sources import Msmt17
from plipdet.models.backbones import TimmBackbone

for _loader in (train_dataloader, *test_dataloader.values()):
    _loader["dataset"]["source"]["type"] = Msmt17
# timm brings the weights, from the hub or its cache; ImageNet's mean and deviation go with them.
model["image_encoder"]["backbone"] = dict(
    type=TimmBackbone, name="resnet50", pretrained=True, last_stride=1
)
model["data_preprocessor"].update(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
train_dataloader["dataset"]["pipeline"][3]["fill"] = (124, 116, 104)  # of RandomErasing
