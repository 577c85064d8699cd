"""The smallest text-based Re-ID task, with all of its heads, for tests of several rooms."""

import numpy as np
import torch
from tiny_task import TINY_BERT

from plipdet.models import (
    BertTextEncoder,
    CrossModalMaskedLanguageHead,
    CrossModalProjectionHead,
    IdentityClassificationHead,
    IdentityContrastHead,
    ImageEncoder,
    MaxPooling,
    PLIPResNet,
)
from plipdet.tasks import TextReIDTask

HEADS = {
    "projection": {"type": CrossModalProjectionHead},
    "matching": {"type": IdentityContrastHead, "form": "sdm"},
    "identity": {"type": IdentityClassificationHead, "loss_weight": 0.5},
    "words": {
        "type": CrossModalMaskedLanguageHead,
        "num_blocks": 1,
        "num_heads": 2,
        "mask_ratio": 1.0,
    },
}


def tiny_text_reid(*heads, seed=0, identities=range(10), freeze_layers=0, **options):
    """Return the task with the heads named, all of them when none is."""
    torch.manual_seed(seed)
    task = TextReIDTask(
        {
            "type": ImageEncoder,
            "backbone": {"type": PLIPResNet, "stage_blocks": (1, 1, 1, 1), "stem_width": 4},
            "pooling": {"type": MaxPooling},
            "embed_dim": 16,
        },
        {
            "type": BertTextEncoder,
            "model": TINY_BERT,
            "freeze_layers": freeze_layers,
            "mask_token_id": 3,
        },
        heads={name: HEADS[name] for name in heads or HEADS},
        **options,
    )
    for name, parameter in task.named_parameters():
        if name.endswith("bn3.weight"):  # at zero it would hide the convolutions before it
            torch.nn.init.constant_(parameter, 0.5)
    task.meet_identities(np.asarray(identities))
    return task
