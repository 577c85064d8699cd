"""Boxes of a trained SeqNet, and PLIP's mini model on the crops, each 128x64."""

from mmengine.config import read_base

with read_base():
    from .plip_mini import model as _embedder
    from .seqnet_mini import model as _detector

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
