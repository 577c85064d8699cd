"""Groups of pictures by what their neighbourhoods have in common, without an N x N array."""

from __future__ import annotations

import numpy as np
import torch.nn.functional as F
from scipy.sparse import csr_matrix
from torch import Tensor
from tqdm import tqdm

from plipdet.compiled import compiled
from plipdet.errors import InputError

from .k_reciprocal import k_reciprocal_weights
from .rank_counting import threads
from .ranking import check_features

OUTLIER = -1
"""Label of what belongs to no cluster."""
_TWINS = np.float32(1e-9)  # their distance, as a sparse array forgets zeros
_ROWS = 512  # whose pairs are collected at a time by a thread
_PAIRS_OF_ONE = 500  # on average; DBSCAN takes about 40 bytes for each
_FEWEST_PAIRS = 20_000_000  # that are taken in any case


def cluster(
    features: Tensor, *, k1: int = 30, k2: int = 6, eps: float = 0.6, min_samples: int = 4
) -> np.ndarray:
    """Group features by DBSCAN on the Jaccard distance of their k-reciprocal neighbours.

    What SpCL (Ge et al., NeurIPS 2020) and Cluster Contrast (Dai et al., arXiv 2103.11568) make
    pseudo labels with. Memory grows with the number of features, not with its square.

    Args:
        features: Of any length, shape (N, D); on a GPU neighbours are sought there.
        k1: Neighbours that may be reciprocal.
        k2: Neighbours over which sets are averaged.
        eps: Largest distance, above 0 and below 1, of two neighbours in DBSCAN's sense.
        min_samples: Neighbours, itself included, that make a feature the core of a cluster.

    Returns:
        Cluster of each feature from 0, :data:`OUTLIER` for those in none, int64, shape (N,).

    Raises:
        InputError: If features are not finite, an option is out of its range, or nearly all
            features are alike.
    """
    check_clustering(k1=k1, k2=k2, eps=eps, min_samples=min_samples)
    from sklearn.cluster import DBSCAN  # a second to import, for those who cluster

    graph = jaccard_neighbours(features, k1=k1, k2=k2, eps=eps)
    found = DBSCAN(eps=eps, min_samples=min_samples, metric="precomputed").fit_predict(graph)
    return found.astype(np.int64)


def jaccard_neighbours(
    features: Tensor, *, k1: int = 30, k2: int = 6, eps: float = 0.6
) -> csr_matrix:
    """Return the Jaccard distances up to ``eps`` of k-reciprocal neighbours.

    Zhong et al., CVPR 2017, Eq. 4, 7, 10 and 11, as SpCL takes them for clustering: weights are
    exp(-squared distance of unit vectors), not scaled as for re-ranking. Two features have a
    distance below 1 only if they share a neighbour, so the weights that share one are compared
    row by row, and of a row no more than the pairs within ``eps`` are kept.

    Args:
        features: Of any length, shape (N, D).
        k1: Neighbours that may be reciprocal.
        k2: Neighbours, the feature itself included, over which weights are averaged.
        eps: Largest distance that is kept, above 0 and below 1.

    Returns:
        Distances to others, each also from the other side, float32, shape (N, N); no entry stands
        for more than ``eps``.

    Raises:
        InputError: If features are not finite, an option is out of its range, or nearly all
            features are alike.
    """
    check_clustering(k1=k1, k2=k2, eps=eps)
    features, _ = check_features(features, features)
    units = F.normalize(features.float(), dim=1)
    weights, _ = k_reciprocal_weights(units, k1=k1, k2=k2, scaled=False)
    return _pairs_within(weights, eps)


def check_clustering(*, k1: int, k2: int, eps: float, min_samples: int = 1) -> None:
    """See that the options of clustering are in their ranges.

    Raises:
        InputError: If one is not.
    """
    whole = all(isinstance(k, int) and k >= 1 for k in (k1, k2, min_samples))
    if not whole or not 0 < eps < 1:
        raise InputError(
            f"clustering has k1 = {k1}, k2 = {k2}, min_samples = {min_samples}, eps = {eps}; "
            "expected whole numbers from 1, and a distance above 0 and below 1"
        )


def _pairs_within(weights: csr_matrix, eps: float) -> csr_matrix:
    size = weights.shape[0]
    by_item = weights.tocsc()  # for each item, the rows with a weight for it
    own = (weights.indptr, weights.indices, weights.data)
    others = (by_item.indptr, by_item.indices, by_item.data)
    least = 2 * (1 - eps) / (2 - eps)  # what sets share at distance eps
    most = max(_PAIRS_OF_ONE * size, _FEWEST_PAIRS) // 2  # each is found once
    counts = np.zeros(size + 1, np.int64)
    items, distances, total = [], [], 0

    def search(start: int) -> tuple[np.ndarray, np.ndarray]:
        stop = min(start + _ROWS, size)
        return _search_rows(start, stop, size, *own, *others, least, counts[1 + start : 1 + stop])

    starts = range(0, size, _ROWS)
    with threads() as pool:
        found = pool.map(search, starts)
        for near, values in tqdm(found, "pairs", len(starts), delay=2.0, leave=False):
            total += len(near)
            if total > most:
                pool.shutdown(wait=False, cancel_futures=True)
                raise InputError(
                    f"more than {most:,} pairs of the {size:,} features lie within eps = {eps}: "
                    "nearly all are alike. Lower eps, or check that the weights tell people apart"
                )
            items.append(near)
            distances.append(values)
    data = (np.concatenate(distances), np.concatenate(items), np.cumsum(counts))
    later = csr_matrix(data, shape=(size, size))
    return later + later.T


@compiled(nogil=True)
def _search_rows(  # type: ignore[no-untyped-def]
    start, stop, size, ends, items, values, other_ends, others, other_values, least, counts
):
    """Return the later rows that are near each row, and their distances."""
    shared = np.zeros(size)  # with each row, of the row that is looked at
    met = np.empty(size, np.int32)
    near, total = np.empty(64 * (stop - start), np.int32), 0
    distances = np.empty(len(near), np.float32)
    for row in range(start, stop):
        many = 0
        for k in range(ends[row], ends[row + 1]):
            item, value = items[k], values[k]
            begin, end = other_ends[item], other_ends[item + 1]
            begin += np.searchsorted(others[begin:end], row + 1)
            for g in range(begin, end):
                other = others[g]
                if shared[other] == 0:
                    met[many] = other
                    many += 1
                shared[other] += min(value, other_values[g])
        before = total
        for k in range(many):
            other = met[k]
            if shared[other] >= least:
                if total == len(near):
                    near = np.concatenate((near, np.empty_like(near)))
                    distances = np.concatenate((distances, np.empty_like(distances)))
                near[total] = other
                # Minima that add up to m have maxima that add up to 2 - m.
                distances[total] = 1 - shared[other] / (2 - shared[other])
                total += 1
            shared[other] = 0
        counts[row - start] = total - before
    return near[:total].copy(), np.maximum(distances[:total], _TWINS)
