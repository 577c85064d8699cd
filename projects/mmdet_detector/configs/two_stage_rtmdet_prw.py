"""Two stages on PRW, zero-shot: RTMDet of MMDetection, and PLIP's ResNet-50 on the crops."""

from mmengine.config import read_base

with read_base():
    from ....configs._base_.datasets.person_search import test_cfg, test_dataloader, test_evaluator
    from ....configs._base_.models.plip_r50_bert import model as _embedder
    from ....configs._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )

from plipdet.datasets.transforms import LoadScene
from plipdet.tasks import TwoStageSearchTask
from projects.mmdet_detector.mmdet_detector import MMDetDetector

model = dict(
    type=TwoStageSearchTask,
    detector=dict(
        type=MMDetDetector,
        config="rtmdet/rtmdet_m_8xb32-300e_coco.py",
        weights="checkpoints/rtmdet_m_8xb32-300e_coco.pth",
    ),
    embedder=_embedder,
)
for _loader in test_dataloader.values():
    _loader["dataset"]["pipeline"] = [dict(type=LoadScene)]  # crops are cut from all pixels
test_evaluator["weigh_by_score"] = False
