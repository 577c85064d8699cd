"""Training on Market-1501: batches of 16 people with 4 pictures each, as Bag of Tricks has them.

Leaves put another source in its place. MGN's taller pictures, only mirrored, are the second
pipeline.
"""

from plipdet.datasets import IdentitySampler, PersonDataset, collate
from plipdet.datasets.sources import Market1501
from plipdet.datasets.transforms import (
    LoadPersonImage,
    RandomErasing,
    RandomHorizontalFlip,
    RandomPadCrop,
    ResizePerson,
)

train_pipeline = [
    dict(type=LoadPersonImage, min_size=(256, 128)),
    dict(type=ResizePerson, size=(256, 128)),
    dict(type=RandomPadCrop, padding=10),
    dict(type=RandomErasing, prob=0.5),
    dict(type=RandomHorizontalFlip, prob=0.5),
]
tall_train_pipeline = [
    dict(type=LoadPersonImage, min_size=(384, 128)),
    dict(type=ResizePerson, size=(384, 128)),
    dict(type=RandomHorizontalFlip, prob=0.5),
]
tall_test_pipeline = [dict(type=LoadPersonImage), dict(type=ResizePerson, size=(384, 128))]
train_dataloader = dict(
    batch_size=64,  # a rank
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    dataset=dict(
        type=PersonDataset,
        unreadable="replace",  # counted and limited by UnreadableImagesHook
        source=dict(type=Market1501, root="data"),
        split="train",
        pipeline=train_pipeline,
    ),
    sampler=dict(type=IdentitySampler, identities=16, images=4),
    collate_fn=dict(type=collate),
)
