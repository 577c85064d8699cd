"""Jaccard distances of k-reciprocal neighbours as arrays of all pairs, and DBSCAN on them.

Written from the equations of Zhong et al., CVPR 2017, in the way of the public code of MMT, SpCL
and Cluster Contrast: full float arrays of distances, ranks, weights and Jaccard distances.
"""

from __future__ import annotations

import numpy as np
from dense_reranking import expanded_neighbours, means_of_nearest, sorted_neighbours
from sklearn.cluster import DBSCAN


def dense_jaccard(units: np.ndarray, *, k1: int, k2: int) -> np.ndarray:
    """Return the Jaccard distance of each pair of unit vectors, float32, shape (N, N)."""
    distances, ranking = sorted_neighbours(units, scaled=False)
    size = len(units)
    weights = np.zeros((size, size), np.float32)  # Eq. 7
    for i in range(size):
        members = expanded_neighbours(ranking, i, k1)
        own = np.exp(-distances[i, members])
        weights[i, members] = own / own.sum()
    if k2 > 1:  # Eq. 11
        weights = means_of_nearest(weights, ranking, k2)
    having = [np.flatnonzero(weights[:, j]) for j in range(size)]
    jaccard = distances  # Eq. 10; no longer needed
    for i in range(size):
        smaller = np.zeros(size)
        for j in np.flatnonzero(weights[i]):
            smaller[having[j]] += np.minimum(weights[i, j], weights[having[j], j])
        jaccard[i] = np.maximum(1 - smaller / (2 - smaller), 0)
    return jaccard


def dense_clusters(jaccard: np.ndarray, *, eps: float, min_samples: int) -> np.ndarray:
    """Return the cluster of each item, -1 for none, shape (N,)."""
    return DBSCAN(eps=eps, min_samples=min_samples, metric="precomputed").fit_predict(jaccard)


def dense_bytes(items: int) -> int:
    """Return the memory that both take: four arrays of all pairs of 4 bytes, and one of 8."""
    return items * items * (4 * 4 + 8)
