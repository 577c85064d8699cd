"""Market-1501 without its identities: batches of 16 clusters with 16 pictures each.

Leaves put another source in its place, or name a labelled data set beside it.
"""

from plipdet.datasets import ClusterSampler, PersonDataset, PseudoLabelledDataset, collate
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
train_dataloader = dict(
    batch_size=256,  # over all ranks: 2 ranks have identities=8 and batch_size=128 each
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    dataset=dict(
        type=PseudoLabelledDataset,
        unlabelled=dict(
            type=PersonDataset,
            unreadable="replace",  # counted and limited by UnreadableImagesHook
            source=dict(type=Market1501, root="data"),
            split="train",
            pipeline=train_pipeline,
        ),
        plain_pipeline=[dict(type=LoadPersonImage), dict(type=ResizePerson, size=(256, 128))],
    ),
    sampler=dict(type=ClusterSampler, identities=16, images=16, steps=200),
    collate_fn=dict(type=collate),
)
