"""embedding_map: embeddings of some people brought into the plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from plipdet.errors import InputError
from plipdet.visualization import MapPoint

from .ranked_retrieval import RankedRetrieval

_COMPONENTS = 50  # of PCA, as the authors of t-SNE do before it
_LEAST = 5


@dataclass(slots=True, frozen=True)
class PlacedEmbeddings:
    """Points in the plane, and what the plane may hide.

    Args:
        points: Those of an identity one after the other.
        nearest_same_identity: Points whose nearest other one, before all reduction, is of the
            same identity, percent.
    """

    points: list[MapPoint]
    nearest_same_identity: float


def embedding_map(
    retrieval: RankedRetrieval,
    *,
    identities: int = 12,
    per_identity: int = 8,
    perplexity: float = 30.0,
    seed: int = 0,
) -> PlacedEmbeddings:
    """Place queries and gallery pictures of random identities by PCA, then t-SNE.

    Van der Maaten and Hinton, Visualizing Data using t-SNE, JMLR 2008. What is near in the plane
    was near before; distances between groups and their sizes mean little.

    Args:
        retrieval: The two sides.
        identities: How many people that queries ask for.
        per_identity: Queries of each at most, and gallery pictures likewise.
        perplexity: Number of neighbours that t-SNE looks at; less where there are few points.
        seed: Chooses the people and what is shown of them, and places the points.

    Raises:
        InputError: If an argument is not positive, or there are fewer than five points.
    """
    if identities < 1 or per_identity < 1 or not perplexity > 0:
        raise InputError(
            f"identities = {identities}, per_identity = {per_identity}, perplexity = {perplexity}; "
            "expected more than 0 of each"
        )
    rng = np.random.default_rng(seed)
    known = np.intersect1d(retrieval.query_ids, retrieval.gallery_ids)
    known = known[~np.isin(known, retrieval.metric.junk_ids)]
    chosen = rng.permutation(known)[:identities]
    queries = _some_of_each(retrieval.query_ids, chosen, per_identity, rng)
    pictures = _some_of_each(retrieval.gallery_ids, chosen, per_identity, rng)
    count = len(queries) + len(pictures)
    if count < _LEAST:
        raise InputError(f"{count} points of {len(chosen)} identities are too few for a map")
    both = torch.cat([retrieval.embed_queries(queries), retrieval.embed_gallery(pictures)])
    vectors = F.normalize(both, dim=1).numpy()
    places = _in_the_plane(vectors, perplexity, seed)
    items = [(item, True) for item in queries] + [(item, False) for item in pictures]
    points = [
        _point(retrieval, item, asks, place)
        for (item, asks), place in zip(items, places, strict=True)
    ]
    nearest = _nearest_same_identity(vectors, np.array([p.identity for p in points]))
    order = {int(identity): at for at, identity in enumerate(chosen)}
    points.sort(key=lambda point: (order[point.identity], point.asks))
    return PlacedEmbeddings(points, nearest)


def _some_of_each(
    ids: np.ndarray, chosen: np.ndarray, count: int, rng: np.random.Generator
) -> list[int]:
    found: list[int] = []
    for identity in chosen:
        found += rng.permutation(np.flatnonzero(ids == identity))[:count].tolist()
    return found


def _in_the_plane(vectors: np.ndarray, perplexity: float, seed: int) -> np.ndarray:
    """Return places of shape (N, 2) for vectors of shape (N, D)."""
    count, width = vectors.shape
    reduced = PCA(min(_COMPONENTS, count, width), random_state=seed).fit_transform(vectors)
    fitting = min(perplexity, (count - 1) / 3)  # as t-SNE looks at three times as many neighbours
    placing = TSNE(2, perplexity=fitting, init="pca", random_state=seed)
    return placing.fit_transform(reduced)


def _nearest_same_identity(vectors: np.ndarray, ids: np.ndarray) -> float:
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -np.inf)
    return float(100 * (ids[scores.argmax(axis=1)] == ids).mean())


def _point(retrieval: RankedRetrieval, item: int, asks: bool, place: np.ndarray) -> MapPoint:
    if asks:
        asked, row = retrieval.asked(item)
        sentence = asked if isinstance(asked, str) else None
        picture = None if isinstance(asked, str) else asked
    else:
        picture, row = retrieval.picture(item)
        sentence = None
    camera = "" if row.camera_id is None else f", camera {row.camera_id}"
    text = sentence if sentence is not None else f"{row.image}{camera}"
    assert row.person_id is not None
    return MapPoint(float(place[0]), float(place[1]), row.person_id, asks, picture, text)
