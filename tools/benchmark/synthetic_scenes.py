"""Scenes, detections and queries of people who do not exist, at the sizes of benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from plipdet.errors import InputError
from plipdet.structures import Detections, PersonTable, SceneTable, SearchQueries

_STEP, _WIDTH, _HEIGHT = 150.0, 60.0, 160.0  # px: people stand apart
_SPREAD = 2.2  # of a person's embeddings around the centre


@dataclass(slots=True, frozen=True)
class SearchSize:
    """How much there is of a benchmark's test set.

    Args:
        queries: Queries.
        scenes: Scenes that are searched.
        people: Detections a scene.
        identities: People who are asked for.
        labelled: Share of the detections that show one of them.
        gallery: Scenes in the gallery of a query; ``None`` for all but its own.
        dim: Width of embeddings.
    """

    queries: int
    scenes: int
    people: int
    identities: int
    labelled: float
    gallery: int | None
    dim: int = 512


SIZES = {
    "prw": SearchSize(2_057, 6_112, 10, 450, 0.32, None),
    "cuhk_sysu_g4000": SearchSize(2_900, 6_978, 8, 2_900, 0.15, 4_000),
}


@dataclass(slots=True)
class SyntheticSearch:
    """What a metric of person search reads.

    Args:
        found: Detections of each scene.
        embeddings: Of the queries, shape (Q, D).
        queries: The queries.
        person_ids: Of each person found, -1 for nobody of the data set, shape (scenes, people).
    """

    found: list[Detections]
    embeddings: Tensor
    queries: SearchQueries
    person_ids: np.ndarray

    def table(self) -> SceneTable:
        """Return the scenes with everybody annotated where somebody was found."""
        rows = [
            {"image": f"{s}.jpg", "box": box, "person_id": int(who) if who >= 0 else None}
            for s, one in enumerate(self.found)
            for box, who in zip(one.boxes.tolist(), self.person_ids[s], strict=True)
        ]
        scenes = [{"image": f"{s}.jpg"} for s in range(len(self.found))]
        return SceneTable.from_rows(scenes, PersonTable.from_rows(rows, "."))


def synthetic_search(size: SearchSize) -> SyntheticSearch:
    """Return a search whose right answers lie near the top, a tenth of the boxes off their mark."""
    rng = np.random.default_rng(0)
    ids = rng.integers(0, size.identities, (size.scenes, size.people))
    ids[rng.random(ids.shape) > size.labelled] = -1
    for column in range(1, size.people):  # nobody is twice in a scene
        ids[(ids[:, column, None] == ids[:, :column]).any(axis=1), column] = -1
    left = np.broadcast_to(np.arange(size.people) * _STEP, ids.shape)
    truth = np.stack([left, left * 0, left + _WIDTH, left * 0 + _HEIGHT], axis=-1)
    boxes = truth + rng.normal(size=truth.shape) * 3
    boxes[rng.random(ids.shape) < 0.1] += _WIDTH  # beside whom they mean
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(size.identities, size.dim, generator=generator)
    looks = torch.randn(*ids.shape, size.dim, generator=generator).mul_(_SPREAD)
    known = torch.from_numpy(ids >= 0)
    looks[known] += centres[torch.from_numpy(ids)[known]]
    looks = F.normalize(looks, dim=-1)
    scores = torch.from_numpy(np.sort(rng.uniform(0.5, 1, ids.shape))[:, ::-1].copy()).float()
    places = torch.from_numpy(boxes).float()
    found = [Detections(places[s], scores[s], looks[s]) for s in range(size.scenes)]
    queries, who = _queries(size, ids, truth, rng)
    asked = centres[who] + _SPREAD * torch.randn(len(who), size.dim, generator=generator)
    return SyntheticSearch(found, F.normalize(asked, dim=1), queries, ids)


def _queries(
    size: SearchSize, ids: np.ndarray, truth: np.ndarray, rng: np.random.Generator
) -> tuple[SearchQueries, Tensor]:
    shown: dict[int, list[tuple[int, int]]] = {}
    for scene, column in np.argwhere(ids >= 0):
        shown.setdefault(int(ids[scene, column]), []).append((int(scene), int(column)))
    asked = rng.permutation(np.argwhere(ids >= 0))
    asked = asked[[len(shown[int(ids[scene, column])]) > 1 for scene, column in asked]]
    if not len(asked):
        raise InputError(f"{size} shows nobody in two scenes; take more scenes or people")
    asked = asked[np.arange(size.queries) % len(asked)]
    galleries, matches = [], []
    for scene, column in asked:
        own = [place for place in shown[int(ids[scene, column])] if place[0] != scene]
        others = np.delete(np.arange(size.scenes), scene)
        if size.gallery is not None:
            right = np.array([s for s, _ in own], np.int64)
            wrong = rng.permutation(np.setdiff1d(others, right, assume_unique=True))
            others = np.concatenate([right, wrong])[: size.gallery]
        galleries.append(others.astype(np.int32))
        matches.append([place for place in own if size.gallery is None or place[0] in others])
    places = np.array([p for own in matches for p in own], np.int64).reshape(-1, 2)
    who = ids[asked[:, 0], asked[:, 1]]
    queries = SearchQueries(
        asked[:, 0],
        truth[asked[:, 0], asked[:, 1]].astype(np.float32),
        who,
        np.cumsum([0, *map(len, galleries)]),
        np.concatenate(galleries),
        np.cumsum([0, *map(len, matches)]),
        places[:, 0].astype(np.int32),
        truth[places[:, 0], places[:, 1]].astype(np.float32),
    )
    return queries, torch.from_numpy(who)
