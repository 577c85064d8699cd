"""SeqNet (Li and Miao, AAAI 2021) on PLIP's ResNet-50: two heads, norm-aware embeddings, OIM.

The stem, the first stage and all batch norms of the encoder stay as they are, as in SeqNet.
"""

from plipdet.models import ImageEncoder, PersonDataPreprocessor
from plipdet.models.backbones import PLIPResNet
from plipdet.models.detectors import LastStageRegions
from plipdet.models.heads.search import OIMHead
from plipdet.models.necks import MaxPooling, TwoLevelEmbedding
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
        backbone=dict(type=PLIPResNet, depth=50, frozen_stages=1, norm_eval=True),
        pooling=dict(type=MaxPooling),
        embed_dim=768,
        channels_last=True,
    ),
    regions=dict(type=LastStageRegions, region_size=(16, 8)),
    embedding=dict(type=TwoLevelEmbedding, embed_dim=256),
    proposals=dict(samples=256, kept=(2000, 300)),
    heads=dict(oim=dict(type=OIMHead, queue=5000)),
)
