"""Datasets and a model of person search without pictures: items are looked up in a world."""

from types import SimpleNamespace

import numpy as np
import torch
from random_scenes import World, one_world, random_world
from torch.utils.data import Dataset

from plipdet.datasets import PersonSampler
from plipdet.engine import PLIPRunner
from plipdet.engine.loops import PersonSearchLoop
from plipdet.evaluation import PersonSearchMetric
from plipdet.structures import SceneBatch


def tiny_world(seed=0, **options):
    """Return some small worlds as one, the surest detection first, numbers without ties."""
    worlds = [random_world(seed + n, numbers=_numbers, **options) for n in range(4)]
    world = one_world(worlds)
    found = [one.select(one.scores.argsort(descending=True, stable=True)) for one in world.found]
    return World(world.people, found, world.queries, world.embeddings)


def _numbers(rng):
    return rng.normal(size=3)


class SearchItems(Dataset):
    """As much of a ``SceneDataset`` as the loop reads; its scenes come in reverse order."""

    def __init__(self, world, content="scenes", scenes=None):
        self.world, self.content = world, content
        self.scenes = world.scenes if scenes is None else scenes
        self.queries = None if content == "scenes" else world.queries
        self.query_of = np.repeat(np.arange(len(world.queries)), 2)  # two sentences each
        self.pipeline = ["none"]

    def __len__(self):
        lengths = {"scenes": len(self.scenes), "queries": len(self.world.queries)}
        return lengths.get(self.content, len(self.query_of))

    def scene_of(self, item):
        return len(self.scenes) - 1 - item

    def __getitem__(self, key):
        item = key[0] if isinstance(key, tuple) else key
        if self.content == "scenes":
            return item, self.scenes.boxes(self.scene_of(item))
        q = item if self.content == "queries" else int(self.query_of[item])
        return item, self.world.queries.boxes[q : q + 1]


def collate(items):
    """Stack items; pictures are as small as they can be, and shrunk to a half."""
    counts = [len(boxes) for _, boxes in items]
    sizes = torch.full((len(items), 2), 64)
    boxes = np.concatenate([boxes for _, boxes in items]).astype(np.float32)
    return SceneBatch(
        rows=torch.tensor([item for item, _ in items]),
        images=torch.zeros(len(items), 3, 1, 1),
        sizes=sizes,
        original_sizes=2 * sizes,
        flips=torch.zeros(len(items), dtype=torch.bool),
        boxes=torch.from_numpy(boxes) / 2,
        box_images=torch.repeat_interleave(torch.arange(len(items)), torch.tensor(counts)),
        person_ids=torch.zeros(len(boxes), dtype=torch.int64),
        ignored=torch.zeros(len(boxes), dtype=torch.bool),
    )


class Oracle(torch.nn.Module):
    """A task that knows what is found where, and what each query and sentence looks like."""

    def __init__(self, world, weight=1.0):
        super().__init__()
        self.world = world
        self.weight = torch.nn.Parameter(torch.tensor(weight))
        self.searched = 0

    def data_preprocessor(self, batch, training):
        return {"batch": batch}

    def val_step(self, batch):
        self.searched += len(batch)
        last = len(self.world.found) - 1
        return [self.world.found[last - row] for row in batch.rows.tolist()]

    def forward(self, batch, mode):
        own = torch.unique_consecutive(batch.box_images, return_counts=True)[1].tolist()
        if mode == "text":
            return self.world.embeddings[batch.rows // 2] + batch.rows[:, None] % 2
        if own == [1] * len(batch) and len(self.world.queries) > int(batch.rows.max()):
            boxes = torch.from_numpy(self.world.queries.boxes[batch.rows.numpy()])
            if torch.equal(boxes, 2 * batch.boxes):
                return self.world.embeddings[batch.rows]
        return torch.stack([colour(2 * box) for box in batch.boxes])


def colour(box):
    """What somebody looks like, when all that is known is where."""
    return torch.stack([box[0], box[1] - 20, box[2] - box[3]]).sin() + 0.1


def loop_of(world, *, work_dir, metric=None, asked_by="queries", told=None, model=None, **options):
    """Return the loop over a world, as a test of a runner that has no more than it needs."""
    told = [] if told is None else told
    runner = SimpleNamespace(
        build_dataloader=PLIPRunner.build_dataloader,
        _randomness_cfg={},
        seed=0,
        model=Oracle(world) if model is None else model,
        work_dir=str(work_dir),
        call_hook=lambda name, **data: told.append((name, data)),
        logger=SimpleNamespace(info=told.append, warning=told.append),
        _val_loop=None,
    )
    sides = {
        side: {
            "batch_size": 3,
            "dataset": SearchItems(world, content),
            "sampler": {"type": PersonSampler, "shuffle": False},
            "collate_fn": {"type": collate},
        }
        for side, content in (("gallery", "scenes"), ("query", asked_by))
    }
    metric = PersonSearchMetric(coco=False) if metric is None else metric
    return PersonSearchLoop(runner, sides, metric, **options)
