"""MGN (Wang et al., ACM MM 2018) with PLIP's ResNet-50; the paper does not give loss weights."""

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
        backbone=dict(type=PLIPResNet, depth=50),
        pooling=dict(type=GlobalAveragePooling),  # not read
        embed_dim=2048,
    ),
    neck=dict(type=MultiGranularityNeck, stripes=(2, 3), reduced_dim=256),
    heads=dict(
        identity=dict(type=ReIDClassificationHead, smoothing=0.0),
        triplet=dict(type=TripletHead, margin=1.2),
    ),
    flip_test=True,
)
