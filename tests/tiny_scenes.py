"""The smallest network of person search, and scenes for it."""

import numpy as np
import torch

from plipdet.models import ImageEncoder, MaxPooling, OIMHead, PLIPResNet
from plipdet.structures import SceneBatch
from plipdet.tasks import PersonSearchTask

IDENTITIES = np.array([3, 5, 9])


def tiny_encoder():
    return {
        "type": ImageEncoder,
        "backbone": {"type": PLIPResNet, "stage_blocks": (1, 1, 1, 1), "stem_width": 8},
        "pooling": {"type": MaxPooling},
        "embed_dim": 16,
    }


def tiny_person_search(seed=0, heads=None, **options):
    torch.manual_seed(seed)
    heads = {"oim": {"type": OIMHead, "queue": 8}} if heads is None else heads
    given = {"samples": 16, "proposals": {"samples": 32, "kept": (40, 20)}, **options}
    task = PersonSearchTask(tiny_encoder(), heads=heads, **given)
    for name, parameter in task.named_parameters():
        if name.endswith("bn3.weight"):  # at zero it would hide the convolutions before it
            torch.nn.init.ones_(parameter)
    task.meet_identities(IDENTITIES)
    return task


def tiny_scenes(seed=0):
    """Two pictures, the second smaller on disk than here; four people and a crowd."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 255, (2, 3, 128, 160), dtype=torch.uint8, generator=generator)
    return SceneBatch(
        rows=torch.arange(2),
        images=images,
        sizes=torch.tensor([[128, 160], [120, 150]]),
        original_sizes=torch.tensor([[128, 160], [240, 600]]),
        flips=torch.tensor([False, False]),
        boxes=torch.tensor(
            [
                [10.0, 20, 50, 120],
                [90, 30, 130, 110],
                [20, 30, 60, 100],
                [70, 0, 110, 90],
                [110, 0, 150, 60],
            ]
        ),
        box_images=torch.tensor([0, 0, 1, 1, 1]),
        person_ids=torch.tensor([3, -1, 9, 5, -1]),
        ignored=torch.tensor([False, False, False, False, True]),
    )
