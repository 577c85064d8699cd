"""Small random worlds for person search: scenes, people, detections, queries and galleries."""

from dataclasses import dataclass

import numpy as np
import torch

from plipdet.structures import Detections, PersonTable, SceneTable, SearchQueries

WIDTH = 3  # of embeddings


@dataclass
class World:
    """People of scenes, what a detector found there, and queries with the numbers that ask."""

    people: list
    found: list
    queries: SearchQueries
    embeddings: torch.Tensor

    @property
    def scenes(self):
        return scene_table(self.people)


def one_world(worlds):
    """Return the scenes of all worlds as one; each query keeps the gallery of its own."""
    starts = np.cumsum([0, *(len(w.found) for w in worlds)]).tolist()
    each = [(w.queries, start) for w, start in zip(worlds, starts, strict=False)]
    queries = search_queries(
        [s + start for q, start in each for s in q.scenes],
        np.concatenate([q.boxes for q, _ in each]),
        [i for q, _ in each for i in q.person_ids],
        [q.gallery(n) + start for q, start in each for n in range(len(q))],
        [
            [(s + start, box) for s, box in zip(*q.matches(n), strict=True)]
            for q, start in each
            for n in range(len(q))
        ],
    )
    return World(
        [own for w in worlds for own in w.people],
        [own for w in worlds for own in w.found],
        queries,
        torch.cat([w.embeddings for w in worlds]),
    )


def joined(lists, dtype):
    ends = np.cumsum([0, *map(len, lists)])
    return ends, np.array([item for one in lists for item in one], dtype)


def search_queries(scenes, boxes, ids, galleries, matches, **facts):
    """Queries from lists: matches hold (scene, box) pairs."""
    gallery_ends, gallery_scenes = joined(galleries, np.int32)
    match_ends, match_scenes = joined([[s for s, _ in own] for own in matches], np.int32)
    match_boxes = np.array([b for own in matches for _, b in own], np.float32).reshape(-1, 4)
    return SearchQueries(
        np.array(scenes, np.int64),
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(ids, np.int64),
        gallery_ends,
        gallery_scenes,
        match_ends,
        match_scenes,
        match_boxes,
        **facts,
    )


def scene_table(people, *, cameras=None, ignored=None, root="/nowhere"):
    """A table of scenes from lists of (identity or None, box)."""
    rows = [
        {"image": f"{s}.jpg", "box": [float(v) for v in box], "person_id": who, "split": "test"}
        for s, own in enumerate(people)
        for who, box in own
    ]
    scenes = [
        {
            "image": f"{s}.jpg",
            "split": "test",
            "camera_id": None if cameras is None else int(cameras[s]),
            "ignored": None if ignored is None else [list(map(float, r)) for r in ignored[s]],
        }
        for s in range(len(people))
    ]
    return SceneTable.from_rows(scenes, PersonTable.from_rows(rows, root))


def random_box(rng):
    # Small boxes, where the rule of overlaps asks for less than a half, are half of them.
    width, height = rng.integers(3, 40, 2)
    left, top = rng.integers(0, 60, 2)
    return np.array([left, top, left + width, top + height], float)


def random_world(seed, *, protocol="prw", numbers=None):
    """Return a world; see :func:`_galleries` for the protocols.

    Args:
        seed: Of everything.
        protocol: "prw", "prw other cameras" or "cuhk".
        numbers: Draws an embedding from a generator; small whole numbers by default, whose
            products tie often, and exactly.
    """
    rng = np.random.default_rng(seed)
    draw = numbers or (lambda rng: rng.integers(-1, 2, WIDTH).astype(float))
    count = int(rng.integers(2, 7))
    people = []
    for _ in range(count):
        who = rng.permutation(4)[: rng.integers(0, 4)]  # each at most once a scene
        own = [(None if rng.random() < 0.3 else int(p), random_box(rng)) for p in who]
        people.append(own)
    cameras = rng.integers(0, 2, count)
    found = [_detections(own, rng, draw) for own in people]
    asking = [(s, who, box) for s, own in enumerate(people) for who, box in own if who is not None]
    galleries, matches = [], []
    for scene, who, _ in asking:
        gallery = _gallery(protocol, scene, cameras, rng)
        shown = [(s, b) for s in gallery for p, b in people[s] if p == who]
        galleries.append(gallery)
        matches.append(shown)
    queries = search_queries(
        [s for s, _, _ in asking],
        [b for _, _, b in asking],
        [w for _, w, _ in asking],
        galleries,
        matches,
    )
    embeddings = np.array([draw(rng) for _ in asking], np.float32).reshape(-1, WIDTH)
    return World(people, found, queries, torch.from_numpy(embeddings))


def _gallery(protocol, scene, cameras, rng):
    others = [s for s in range(len(cameras)) if s != scene]
    if protocol == "prw":
        return others
    if protocol == "prw other cameras":
        return [s for s in others if cameras[s] != cameras[scene]]
    return sorted(rng.permutation(others)[: rng.integers(0, len(others) + 1)].tolist())


def _detections(people, rng, draw):
    boxes = []
    for _, box in people:
        for _ in range(rng.choice([0, 1, 1, 2])):  # missed, found, found twice
            boxes.append(box + rng.integers(-4, 5, 4) * rng.choice([0, 1, 1]))
    boxes += [random_box(rng) for _ in range(rng.integers(0, 3))]
    scores = np.sort(rng.choice([0.2, 0.5, 0.7, 0.9, 0.95], len(boxes)))[::-1].copy()
    order = rng.permutation(len(boxes))
    return Detections(
        torch.tensor(np.array(boxes).reshape(-1, 4)[order], dtype=torch.float32),
        torch.tensor(scores, dtype=torch.float32),
        torch.tensor(np.array([draw(rng) for _ in boxes]).reshape(-1, WIDTH), dtype=torch.float32),
    )
