"""MiniPedes scenes in PRW's layout at 640x360: a picture of an unseen person asks for scenes."""

from plipdet.datasets import PersonSampler, SceneDataset, collate_scenes
from plipdet.datasets.sources import Prw
from plipdet.datasets.transforms import LoadScene, RandomFlipScene, ResizeScene
from plipdet.engine.loops import PersonSearchLoop
from plipdet.evaluation import PersonSearchMetric

train_dataloader = dict(
    batch_size=4,  # a rank
    num_workers=2,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    dataset=dict(
        type=SceneDataset,
        unreadable="replace",  # counted and limited by UnreadableImagesHook
        source=dict(type=Prw, root="data/miniscenes"),
        split="train",
        pipeline=[
            dict(type=LoadScene),
            dict(type=ResizeScene, size=(360, 640)),
            dict(type=RandomFlipScene, prob=0.5),
        ],
    ),
    sampler=dict(type=PersonSampler, shuffle=True),
    collate_fn=dict(type=collate_scenes),
)
test_pipeline = [dict(type=LoadScene), dict(type=ResizeScene, size=(360, 640))]
test_dataloader = dict(
    query=dict(
        batch_size=4,
        num_workers=2,
        dataset=dict(
            type=SceneDataset,
            source=dict(type=Prw, root="data/miniscenes"),
            split="test",
            content="queries",
            pipeline=test_pipeline,
        ),
        sampler=dict(type=PersonSampler, shuffle=False),
        collate_fn=dict(type=collate_scenes),
    ),
    gallery=dict(
        batch_size=4,
        num_workers=2,
        dataset=dict(
            type=SceneDataset,
            source=dict(type=Prw, root="data/miniscenes"),
            split="test",
            pipeline=test_pipeline,
        ),
        sampler=dict(type=PersonSampler, shuffle=False),
        collate_fn=dict(type=collate_scenes),
    ),
)
test_cfg = dict(type=PersonSearchLoop)
test_evaluator = dict(type=PersonSearchMetric, weigh_by_score=True)  # as NAE and SeqNet do
