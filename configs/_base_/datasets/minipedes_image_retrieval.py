"""MiniPedes, unseen identities in the Market-1501 layout: a picture asks for pictures."""

from plipdet.datasets import PersonDataset, PersonSampler, collate
from plipdet.datasets.sources import Market1501
from plipdet.datasets.transforms import LoadPersonImage, ResizePerson
from plipdet.engine.loops import RetrievalLoop
from plipdet.evaluation import RetrievalMetric

test_pipeline = [dict(type=LoadPersonImage), dict(type=ResizePerson, size=(128, 64))]
test_dataloader = dict(
    query=dict(
        batch_size=128,
        num_workers=2,
        dataset=dict(
            type=PersonDataset,
            source=dict(type=Market1501, root="data/minipedes"),
            split="query",
            pipeline=test_pipeline,
        ),
        sampler=dict(type=PersonSampler, shuffle=False),
        collate_fn=dict(type=collate),
    ),
    gallery=dict(
        batch_size=128,
        num_workers=2,
        dataset=dict(
            type=PersonDataset,
            source=dict(type=Market1501, root="data/minipedes"),
            split="gallery",
            pipeline=test_pipeline,
        ),
        sampler=dict(type=PersonSampler, shuffle=False),
        collate_fn=dict(type=collate),
    ),
)
test_cfg = dict(type=RetrievalLoop)
test_evaluator = dict(type=RetrievalMetric, exclude_same_camera=True)
