"""Context bipartite graph matching: who walks beside a person tells who it is.

Li and Miao, Sequential End-to-end Network for Efficient Person Search, AAAI 2021 (CBGM), as their
evaluation code has it. The people beside the query in its own picture are matched with those of a
gallery scene, one to one, so that the sum of similarities is greatest; the one matched with the
query then gets the greatest similarity of the matching.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from plipdet.structures import SearchQueries

from .box_overlap import overlap
from .candidates import Candidates

_QUERY_ITSELF = 0.5  # overlap with the query's box above which a detection is the query


def raise_by_context(
    scores: Tensor,
    people: Candidates,
    gallery: Tensor,
    queries: SearchQueries,
    asks: np.ndarray,
    *,
    k1: int,
    k2: int,
) -> None:
    """Write the similarities after matching into ``scores``.

    Args:
        scores: Similarity of n queries to everybody, -inf outside their galleries, shape (n, N).
        people: In all scenes, those of the queries too.
        gallery: What the similarities are products with, shape (N, D).
        queries: The queries.
        asks: Which of them each row is, shape (n,).
        k1: The scenes of this many best people are matched.
        k2: People of the query's picture, itself included; the others are the surest detections
            that do not overlap it by more than a half.
    """
    scenes = people.scenes()
    best = scores.topk(min(k1, scores.shape[1]), dim=1)
    places = best.indices.cpu().numpy()
    present = (best.values > -torch.inf).cpu().numpy()
    for row, q in enumerate(asks):
        chosen = np.unique(scenes[places[row, present[row]]])
        beside = _beside(people, queries, int(q), k2)
        if not len(chosen) or not len(beside):
            continue  # alone, the best match is the best as before
        parts = [people.in_scene(int(scene)) for scene in chosen]
        items = torch.cat([torch.arange(p.start, p.stop) for p in parts]).to(scores.device)
        own = scores[row, items]
        others = people.embeddings[torch.from_numpy(beside)].to(gallery) @ gallery[items].T
        graph = torch.cat([own[None], others]).cpu().numpy()  # (1 + beside, people of the scenes)
        raised = _raised(graph, [p.stop - p.start for p in parts])
        scores[row, items] = torch.from_numpy(raised).to(scores)


def _beside(people: Candidates, queries: SearchQueries, q: int, k2: int) -> np.ndarray:
    """Return who else is in a query's picture, at most k2 - 1, the surest first."""
    part = people.in_scene(int(queries.scenes[q]))
    apart = overlap(people.boxes[part], queries.boxes[q]) <= _QUERY_ITSELF
    return part.start + np.flatnonzero(apart)[: k2 - 1]


def _raised(graph: np.ndarray, sizes: list[int]) -> np.ndarray:
    """Return the query's similarities with all people of some scenes after matching."""
    found = graph[0].copy()
    start = 0
    for size in sizes:
        weights = graph[:, start : start + size]
        rows, columns = linear_sum_assignment(weights, maximize=True)
        if rows[0] == 0:  # rows ascend; a query may go without where few people are
            found[start + columns[0]] = weights[rows, columns].max()
        start += size
    return found
