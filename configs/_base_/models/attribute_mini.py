"""Classifiers of attributes with the image encoder of PLIP's mini model, its pooling too.

In a few hundred steps that gets further than the mean of the map: the pooled embedding is what
pre-training has made comparable.
"""

from plipdet.models import AttributeHead, ImageEncoder, PersonDataPreprocessor
from plipdet.models.backbones import PLIPResNet
from plipdet.models.necks import MaxPooling
from plipdet.tasks import AttributeRecognitionTask

model = dict(
    type=AttributeRecognitionTask,
    data_preprocessor=dict(
        type=PersonDataPreprocessor,
        mean=(0.357, 0.323, 0.328),
        std=(0.252, 0.242, 0.239),
    ),
    image_encoder=dict(
        type=ImageEncoder,
        backbone=dict(type=PLIPResNet, stem_width=32, stage_blocks=(2, 2, 2, 2)),
        pooling=dict(type=MaxPooling),
        embed_dim=384,
        channels_last=True,
    ),
    heads=dict(recognition=dict(type=AttributeHead, batch_norm=True)),
)
