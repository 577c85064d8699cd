"""Bag of Tricks (Luo et al., CVPRW 2019) with PLIP's ResNet-50: last stride 1, averaged map."""

from plipdet.models import ImageEncoder, PersonDataPreprocessor
from plipdet.models.backbones import PLIPResNet
from plipdet.models.heads.reid import CentreHead, ReIDClassificationHead, TripletHead
from plipdet.models.necks import BNNeck, GlobalAveragePooling
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
        backbone=dict(type=PLIPResNet, depth=50, last_stride=1),
        pooling=dict(type=GlobalAveragePooling),
        embed_dim=2048,
    ),
    neck=dict(type=BNNeck),
    heads=dict(
        identity=dict(type=ReIDClassificationHead, smoothing=0.1),
        triplet=dict(type=TripletHead, margin=0.3),
        centre=dict(type=CentreHead, loss_weight=5e-4),
    ),
    flip_test=True,
)
