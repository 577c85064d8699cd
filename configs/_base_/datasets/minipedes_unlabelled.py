"""MiniPedes in the Market-1501 layout without its identities: 8 clusters with 4 pictures each."""

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
    dict(type=LoadPersonImage, min_size=(128, 64)),
    dict(type=ResizePerson, size=(128, 64)),
    dict(type=RandomPadCrop, padding=5),
    dict(type=RandomErasing, prob=0.5),
    dict(type=RandomHorizontalFlip, prob=0.5),
]
train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    drop_last=True,
    dataset=dict(
        type=PseudoLabelledDataset,
        unlabelled=dict(
            type=PersonDataset,
            unreadable="replace",  # counted and limited by UnreadableImagesHook
            source=dict(type=Market1501, root="data/minipedes"),
            split="train",
            pipeline=train_pipeline,
        ),
        plain_pipeline=[dict(type=LoadPersonImage), dict(type=ResizePerson, size=(128, 64))],
    ),
    sampler=dict(type=ClusterSampler, identities=8, images=4, steps=100),
    collate_fn=dict(type=collate),
)
