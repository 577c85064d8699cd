"""k-reciprocal neighbours and their weights, as sparse rows."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix
from torch import Tensor

from plipdet.compiled import compiled

from .nearest_neighbours import Neighbours, dot, nearest_neighbours
from .rank_counting import in_slices, threads

_ROWS = 8192  # whose sets are collected at a time


def k_reciprocal_weights(
    features: Tensor, *, k1: int, k2: int, scaled: bool = True
) -> tuple[csr_matrix, np.ndarray]:
    """Return each row's weights for its k-reciprocal neighbours, and its largest distance.

    Zhong et al., Re-ranking Person Re-identification with k-reciprocal Encoding, CVPR 2017,
    section 3.2 to 3.4: the neighbours of which a row is a neighbour too; more of them from those
    of the neighbours (Eq. 4); weights exp(-distance) (Eq. 7); the mean over the k2 nearest (Eq.
    11). As in the authors' published code, distances are squared and divided by the row's largest,
    a row's weights add up to one, and a row is the first of its own k + 1 nearest.

    Args:
        features: Of unit length, float32, shape (N, D).
        k1: Neighbours that may be reciprocal.
        k2: Neighbours, the row itself included, over which weights are averaged.
        scaled: Whether a distance is divided by the row's largest before it becomes a weight.

    Returns:
        Sparse float32 weights, shape (N, N), some tens in a row, and the largest squared distance
        of each row, float32, shape (N,).
    """
    near = nearest_neighbours(features, max(k1 + 1, k2))
    largest = np.maximum(2 - 2 * near.least, np.finfo(np.float32).tiny)
    scale = largest if scaled else np.ones_like(largest)
    weights = _weights(features.cpu().numpy(), near, scale, k1)
    if k2 > 1:
        size, several = len(features), near.indices[:, :k2]
        ends = np.arange(size + 1, dtype=np.int64) * several.shape[1]
        shares = np.full(several.size, 1 / several.shape[1], np.float32)
        mean = csr_matrix((shares, several.ravel(), ends), shape=(size, size))
        weights = mean @ weights
    return weights, largest


def _weights(rows: np.ndarray, near: Neighbours, scale: np.ndarray, k1: int) -> csr_matrix:
    size = len(rows)
    indices = near.indices[:, : k1 + 1].copy()
    halves = near.indices[:, : round(k1 / 2) + 1].copy()
    most = indices.shape[1] * (1 + halves.shape[1])
    found, values, counts = [], [], np.zeros(size + 1, np.int64)
    with threads() as pool:
        for begin in range(0, size, _ROWS):
            lengths = counts[1 + begin : 1 + begin + _ROWS]
            names = np.empty((len(lengths), most), np.int32)
            weights = np.empty((len(lengths), most), np.float32)
            out = (names, weights, lengths)

            def expand(bounds: tuple[int, int], begin: int = begin, out: tuple = out) -> None:
                _expand_rows(rows, begin, *bounds, indices, halves, scale, *out)

            list(pool.map(expand, in_slices(len(lengths), pool)))
            present = np.arange(most) < lengths[:, None]
            found.append(names[present])
            values.append(weights[present])
    data = (np.concatenate(values), np.concatenate(found), np.cumsum(counts))
    return csr_matrix(data, shape=(size, size))


@compiled(nogil=True)
def _expand_rows(rows, begin, start, stop, indices, halves, scale, names, weights, lengths):  # type: ignore[no-untyped-def]
    core = np.full(len(rows), -1, np.int32)  # the last row that has an item in its first set
    taken = np.full(len(rows), -1, np.int32)
    for at in range(start, stop):
        i = begin + at
        line, count = names[at], 0
        for item in indices[i]:
            if _holds(indices[item], i):
                core[item] = taken[item] = i
                line[count] = item
                count += 1
        for k in range(count):
            count_of_half, shared = 0, 0
            for item in halves[line[k]]:
                if _holds(halves[item], line[k]):
                    count_of_half += 1
                    shared += core[item] == i
            if 3 * shared > 2 * count_of_half:
                for item in halves[line[k]]:
                    if taken[item] != i and _holds(halves[item], line[k]):
                        taken[item] = i
                        line[count] = item
                        count += 1
        line[:count] = np.sort(line[:count])
        total = 0.0
        for k in range(count):
            distance = 2 - 2 * dot(rows[i], rows[line[k]])
            weights[at, k] = np.exp(-distance / scale[i])
            total += weights[at, k]
        weights[at, :count] /= np.float32(total)
        lengths[at] = count


@compiled(nogil=True)
def _holds(items, item):  # type: ignore[no-untyped-def]
    for other in items:
        if other == item:
            return True
    return False
