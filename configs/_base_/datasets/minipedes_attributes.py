"""MiniPedes in the PA-100K layout at 128x64: train, val to select on, and test."""

from plipdet.datasets import PersonDataset, PersonSampler, collate
from plipdet.datasets.sources import Pa100k
from plipdet.datasets.transforms import (
    LoadPersonImage,
    RandomHorizontalFlip,
    RandomPadCrop,
    ResizePerson,
)
from plipdet.engine.loops import AttributeLoop
from plipdet.evaluation import AttributeMetric

train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    drop_last=True,
    dataset=dict(
        type=PersonDataset,
        unreadable="replace",  # counted and limited by UnreadableImagesHook
        source=dict(type=Pa100k, root="data/minipedes"),
        split="train",
        pipeline=[
            dict(type=LoadPersonImage, min_size=(128, 64)),
            dict(type=ResizePerson, size=(128, 64)),
            dict(type=RandomPadCrop, padding=5),
            dict(type=RandomHorizontalFlip, prob=0.5),
        ],
    ),
    sampler=dict(type=PersonSampler, shuffle=True),
    collate_fn=dict(type=collate),
)
val_dataloader = dict(
    batch_size=128,
    num_workers=2,
    dataset=dict(
        type=PersonDataset,
        source=dict(type=Pa100k, root="data/minipedes"),
        split="val",
        pipeline=[dict(type=LoadPersonImage), dict(type=ResizePerson, size=(128, 64))],
    ),
    sampler=dict(type=PersonSampler, shuffle=False),
    collate_fn=dict(type=collate),
)
val_cfg = dict(type=AttributeLoop)
val_evaluator = dict(type=AttributeMetric)
test_dataloader = dict(
    batch_size=128,
    num_workers=2,
    dataset=dict(
        type=PersonDataset,
        source=dict(type=Pa100k, root="data/minipedes"),
        split="test",
        pipeline=[dict(type=LoadPersonImage), dict(type=ResizePerson, size=(128, 64))],
    ),
    sampler=dict(type=PersonSampler, shuffle=False),
    collate_fn=dict(type=collate),
)
test_cfg = dict(type=AttributeLoop)
test_evaluator = dict(type=AttributeMetric)
