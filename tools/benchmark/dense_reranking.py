"""k-reciprocal re-ranking as the paper writes it down, over arrays of all pairs.

Zhong et al., Re-ranking Person Re-identification with k-reciprocal Encoding, CVPR 2017. Written
from the paper's equations, with what its authors' code adds: squared distances divided by the
row's largest, weights that sum to one, an item first among its own neighbours.
"""

from __future__ import annotations

import numpy as np

_ROWS = 256


def dense_distances(
    query: np.ndarray, gallery: np.ndarray, *, k1: int = 20, k2: int = 6, share: float = 0.3
) -> np.ndarray:
    """Return the re-ranked distances of unit vectors, float32, shape (Q, G)."""
    items = np.concatenate([query, gallery])
    distances, ranking = sorted_neighbours(items)
    size = len(items)
    weights = np.zeros((size, size), np.float32)  # Eq. 7
    for i in range(size):
        members = expanded_neighbours(ranking, i, k1)
        weights[i, members] = np.exp(-distances[i, members])
        weights[i] /= weights[i, members].sum()
    distances = distances[: len(query), len(query) :].copy()
    if k2 > 1:  # Eq. 11
        weights = means_of_nearest(weights, ranking, k2)
    jaccard = np.empty_like(distances)  # Eq. 10
    having = [np.flatnonzero(weights[len(query) :, j]) for j in range(size)]
    for q in range(len(query)):
        smaller = np.zeros(len(gallery), np.float32)
        for j in np.flatnonzero(weights[q]):
            rows = having[j]
            smaller[rows] += np.minimum(weights[q, j], weights[len(query) + rows, j])
        jaccard[q] = 1 - smaller / (2 - smaller)
    return (1 - share) * jaccard + share * distances  # Eq. 12


def dense_bytes(items: int) -> int:
    """Return the memory that :func:`dense_distances` takes: four arrays of all pairs."""
    return items * items * 4 * 4


def sorted_neighbours(items: np.ndarray, *, scaled: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Return distances, and for each item all items from near to far, both (N, N).

    Distances are squared and, if ``scaled``, divided by the largest of the row.

    Products are in double precision: of two neighbours 1e-8 apart, single precision would choose
    by how the product was cut into blocks, and a list of neighbours ends between some such two.
    """
    exact = items.astype(np.float64)
    size = len(items)
    distances, ranking = np.empty((size, size), np.float32), np.empty((size, size), np.int32)
    for start in range(0, size, _ROWS):
        squared = 2 - 2 * exact[start : start + _ROWS] @ exact.T
        divisor = squared.max(axis=1, keepdims=True) if scaled else 1
        distances[start : start + _ROWS] = squared / divisor
        squared[np.arange(len(squared)), np.arange(start, start + len(squared))] = -1
        ranking[start : start + _ROWS] = np.argsort(squared, axis=1, kind="stable")
    return distances, ranking


def _reciprocal(ranking: np.ndarray, i: int, k: int) -> np.ndarray:
    """Return the items among the k + 1 nearest of i that have i among theirs, Eq. 2."""
    near = ranking[i, : k + 1]
    return near[(ranking[near, : k + 1] == i).any(axis=1)]


def means_of_nearest(weights: np.ndarray, ranking: np.ndarray, k2: int) -> np.ndarray:
    """Return the mean weights of the k2 nearest of each item, Eq. 11, shape (N, N)."""
    means = np.empty_like(weights)
    for i in range(len(weights)):
        means[i] = weights[ranking[i, :k2]].mean(axis=0)
    return means


def expanded_neighbours(ranking: np.ndarray, i: int, k1: int) -> np.ndarray:
    """Return the k-reciprocal neighbours of i and those of them that share enough, Eq. 4."""
    core = _reciprocal(ranking, i, k1)
    members = [core]
    for candidate in core:
        half = _reciprocal(ranking, candidate, round(k1 / 2))
        if len(np.intersect1d(half, core)) > 2 / 3 * len(half):
            members.append(half)
    return np.unique(np.concatenate(members))
