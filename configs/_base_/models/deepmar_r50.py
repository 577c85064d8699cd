"""DeepMAR (Li et al., ACPR 2015) with PLIP's ResNet-50: a linear classifier of the averaged map.

``batch_norm=True`` of the head makes it the strong baseline of Jia et al. (arXiv 2107.03576).
"""

from plipdet.models import AttributeHead, ImageEncoder, PersonDataPreprocessor
from plipdet.models.backbones import PLIPResNet
from plipdet.models.necks import GlobalAveragePooling
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
        backbone=dict(type=PLIPResNet, depth=50),
        pooling=dict(type=GlobalAveragePooling),
        embed_dim=2048,
    ),
    heads=dict(recognition=dict(type=AttributeHead, batch_norm=False)),
)
