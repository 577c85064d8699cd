"""MGN with the backbone of PLIP's mini model; features of 64 numbers."""

from plipdet.models import ImageEncoder, PersonDataPreprocessor
from plipdet.models.backbones import PLIPResNet
from plipdet.models.heads.reid import ReIDClassificationHead, TripletHead
from plipdet.models.necks import GlobalAveragePooling, MultiGranularityNeck
from plipdet.tasks import ImageReIDTask

model = dict(
    type=ImageReIDTask,
    data_preprocessor=dict(
        type=PersonDataPreprocessor,
        mean=(0.357, 0.323, 0.328),
        std=(0.252, 0.242, 0.239),
    ),
    image_encoder=dict(
        type=ImageEncoder,
        backbone=dict(type=PLIPResNet, stem_width=32, stage_blocks=(2, 2, 2, 2)),
        pooling=dict(type=GlobalAveragePooling),  # not read
        embed_dim=1024,
        channels_last=True,
    ),
    neck=dict(type=MultiGranularityNeck, stripes=(2, 3), reduced_dim=64),
    heads=dict(
        identity=dict(type=ReIDClassificationHead, smoothing=0.0),
        triplet=dict(type=TripletHead, margin=1.2),
    ),
    flip_test=True,
)
