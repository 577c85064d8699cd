"""Two stages on PRW, zero-shot: torchvision's Faster R-CNN of COCO, and PLIP's ResNet-50 on crops.

The detector's file is one that torchvision lists; download it beforehand.
"""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.person_search import test_cfg, test_dataloader, test_evaluator
    from .._base_.models.plip_r50_bert import model as _embedder
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )

from plipdet.datasets.transforms import LoadScene
from plipdet.models.detectors import TorchvisionDetector
from plipdet.tasks import TwoStageSearchTask

model = dict(
    type=TwoStageSearchTask,
    detector=dict(
        type=TorchvisionDetector,
        model="fasterrcnn_resnet50_fpn_v2",
        weights="checkpoints/fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth",
    ),
    embedder=_embedder,
)
for _loader in test_dataloader.values():
    _loader["dataset"]["pipeline"] = [dict(type=LoadScene)]  # crops are cut from all pixels
test_evaluator["weigh_by_score"] = False
