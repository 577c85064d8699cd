"""PA-100K at 256x192: train, val to select on, and test. Leaves put another source in its place."""

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
    batch_size=64,  # a rank
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    dataset=dict(
        type=PersonDataset,
        unreadable="replace",  # counted and limited by UnreadableImagesHook
        source=dict(type=Pa100k, root="data"),
        split="train",
        pipeline=[
            dict(type=LoadPersonImage, min_size=(256, 192)),
            dict(type=ResizePerson, size=(256, 192)),
            dict(type=RandomPadCrop, padding=10),
            dict(type=RandomHorizontalFlip, prob=0.5),
        ],
    ),
    sampler=dict(type=PersonSampler, shuffle=True),
    collate_fn=dict(type=collate),
)
val_dataloader = dict(
    batch_size=128,
    num_workers=4,
    dataset=dict(
        type=PersonDataset,
        source=dict(type=Pa100k, root="data"),
        split="val",
        pipeline=[dict(type=LoadPersonImage), dict(type=ResizePerson, size=(256, 192))],
    ),
    sampler=dict(type=PersonSampler, shuffle=False),
    collate_fn=dict(type=collate),
)
val_cfg = dict(type=AttributeLoop)
val_evaluator = dict(type=AttributeMetric)
test_dataloader = dict(
    batch_size=128,
    num_workers=4,
    dataset=dict(
        type=PersonDataset,
        source=dict(type=Pa100k, root="data"),
        split="test",
        pipeline=[dict(type=LoadPersonImage), dict(type=ResizePerson, size=(256, 192))],
    ),
    sampler=dict(type=PersonSampler, shuffle=False),
    collate_fn=dict(type=collate),
)
test_cfg = dict(type=AttributeLoop)
test_evaluator = dict(type=AttributeMetric)
