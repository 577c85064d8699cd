"""The smallest task of image-based Re-ID, for tests of several rooms."""

import numpy as np
import torch

from plipdet.models import (
    BNNeck,
    CentreHead,
    GlobalAveragePooling,
    ImageEncoder,
    PLIPResNet,
    ReIDClassificationHead,
    TripletHead,
)
from plipdet.tasks import ImageReIDTask


def tiny_reid_heads():
    return {
        "identity": {"type": ReIDClassificationHead},
        "triplet": {"type": TripletHead},
        "centre": {"type": CentreHead, "loss_weight": 5e-4},
    }


def tiny_image_reid_task(heads=None, *, neck=None, seed=0, identities=(0, 1), **options):
    torch.manual_seed(seed)
    task = ImageReIDTask(
        {
            "type": ImageEncoder,
            "backbone": {"type": PLIPResNet, "stage_blocks": (1, 1, 1, 1), "stem_width": 4},
            "pooling": {"type": GlobalAveragePooling},
            "embed_dim": 128,
        },
        neck or {"type": BNNeck},
        heads=tiny_reid_heads() if heads is None else heads,
        **options,
    )
    for name, parameter in task.named_parameters():
        if name.endswith("bn3.weight"):  # at zero it would hide the convolutions before it
            torch.nn.init.constant_(parameter, 0.5)
    task.meet_identities(np.array(identities))
    return task
