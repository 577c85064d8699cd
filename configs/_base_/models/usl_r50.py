"""Cluster memory (Dai et al., arXiv 2103.11568) on PLIP's ResNet-50, its pooling and stride too.

Pictures are clustered by the pooled embedding, which pre-training has made comparable.
"""

from plipdet.models import ImageEncoder, PersonDataPreprocessor
from plipdet.models.backbones import PLIPResNet
from plipdet.models.heads.reid import ClusterMemoryHead
from plipdet.models.necks import BNNeck, MaxPooling
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
        pooling=dict(type=MaxPooling),
        embed_dim=768,
    ),
    neck=dict(type=BNNeck),
    heads=dict(cluster=dict(type=ClusterMemoryHead, temperature=0.05, momentum=0.1)),
    flip_test=True,
)
