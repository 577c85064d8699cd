"""Two stages on MiniPedes scenes: a trained network's boxes, and PLIP's mini model on the crops."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.miniscenes import test_cfg, test_dataloader, test_evaluator
    from .._base_.models.plip_mini import model as _embedder
    from .._base_.models.seqnet_mini import model as _detector
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )

from plipdet.datasets.transforms import LoadScene
from plipdet.tasks import TrainedDetector, TwoStageSearchTask

model = dict(
    type=TwoStageSearchTask,
    detector=dict(
        type=TrainedDetector,
        task=_detector,
        checkpoint="work_dirs/seqnet_mini/epoch_4.pth",
        size=(360, 640),
    ),
    embedder=_embedder,
    crop_size=(128, 64),
)
for _loader in test_dataloader.values():
    _loader["dataset"]["pipeline"] = [dict(type=LoadScene)]  # crops are cut from all pixels
test_evaluator["weigh_by_score"] = False
