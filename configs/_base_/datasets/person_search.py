"""PRW at 900x1500, a picture of somebody asks for scenes; leaves put another source in its place.

Only the common protocol: frames of the query's own camera are searched, too.
"""

from plipdet.datasets import PersonSampler, SceneDataset, collate_scenes
from plipdet.datasets.sources import Prw
from plipdet.datasets.transforms import LoadScene, RandomFlipScene, ResizeScene
from plipdet.engine.loops import PersonSearchLoop
from plipdet.evaluation import PersonSearchMetric

train_dataloader = dict(
    batch_size=5,  # a rank
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    dataset=dict(
        type=SceneDataset,
        unreadable="replace",  # counted and limited by UnreadableImagesHook
        source=dict(type=Prw, root="data"),
        split="train",
        pipeline=[
            dict(type=LoadScene),
            dict(type=ResizeScene, size=(900, 1500)),
            dict(type=RandomFlipScene, prob=0.5),
        ],
    ),
    sampler=dict(type=PersonSampler, shuffle=True),
    collate_fn=dict(type=collate_scenes),
)
test_pipeline = [dict(type=LoadScene), dict(type=ResizeScene, size=(900, 1500))]
test_dataloader = dict(
    query=dict(
        batch_size=4,
        num_workers=4,
        dataset=dict(
            type=SceneDataset,
            source=dict(type=Prw, root="data"),
            split="test",
            content="queries",
            pipeline=test_pipeline,
        ),
        sampler=dict(type=PersonSampler, shuffle=False),
        collate_fn=dict(type=collate_scenes),
    ),
    gallery=dict(
        batch_size=4,
        num_workers=4,
        dataset=dict(
            type=SceneDataset,
            source=dict(type=Prw, root="data"),
            split="test",
            pipeline=test_pipeline,
        ),
        sampler=dict(type=PersonSampler, shuffle=False),
        collate_fn=dict(type=collate_scenes),
    ),
)
test_cfg = dict(type=PersonSearchLoop)
test_evaluator = dict(type=PersonSearchMetric, weigh_by_score=True)  # as NAE and SeqNet do
