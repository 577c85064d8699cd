"""Re-ranking by what the neighbourhoods of query and gallery items have in common."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from scipy.sparse import csr_matrix
from torch import Tensor

from plipdet.compiled import compiled
from plipdet.errors import InputError

from .k_reciprocal import k_reciprocal_weights
from .rank_counting import in_slices, threads
from .ranking import check_features, chunk_for, dot_products


def k_reciprocal_distances(
    query: Tensor,
    gallery: Tensor,
    *,
    k1: int = 20,
    k2: int = 6,
    lambda_value: float = 0.3,
    chunk: int | None = None,
) -> Iterator[Tensor]:
    """Yield the re-ranked distances of a chunk of queries to the gallery.

    Zhong et al., Re-ranking Person Re-identification with k-reciprocal Encoding, CVPR 2017: the
    Jaccard distance of k-reciprocal neighbours (Eq. 10), averaged with the original distance (Eq.
    12), which as in the authors' code is the squared Euclidean one of unit vectors, divided by
    the query's largest to any query or gallery item. All sets are sparse: no array has N x N or
    Q x G entries, for N = Q + G.

    Args:
        query: Features of any length, shape (Q, D).
        gallery: Features on the same device, shape (G, D); leave junk out beforehand.
        k1: Neighbours that may be reciprocal.
        k2: Neighbours over which sets are averaged.
        lambda_value: Share of the original distance, 0..1.
        chunk: Queries at once, as for :func:`plipdet.functional.ranking.dot_products`; memory is
            two times chunk x G distances of 4 bytes.

    Yields:
        Distances, smaller is better, float32, shape (n, G), written over once the next is asked
        for.

    Raises:
        InputError: If features are not finite, or an option is out of its range.
    """
    check_options(k1, k2, lambda_value)
    query, gallery = (F.normalize(f.float(), dim=1) for f in check_features(query, gallery))
    weights, largest = k_reciprocal_weights(torch.cat([query, gallery]), k1=k1, k2=k2)
    queries = len(query)
    by_item = weights[queries:].tocsc()  # for each item, the gallery items with a weight for it
    largest_of = torch.from_numpy(largest[:queries, None]).to(query.device)
    chunk = chunk_for(len(gallery)) if chunk is None else chunk
    shared = np.empty((min(chunk, queries), len(gallery)), np.float32)
    start = 0
    for distances in dot_products(query, gallery, chunk=chunk):
        stop = start + len(distances)
        overlap = _shared_weights(weights[start:stop], by_item, shared[: len(distances)])
        distances.mul_(-2).add_(2).div_(largest_of[start:stop]).mul_(lambda_value)
        # 1 - m / (2 - m), as minima that add up to m have maxima that add up to 2 - m.
        jaccard = overlap.to(query.device).sub_(2).reciprocal_().mul_(2).add_(2)
        yield distances.add_(jaccard, alpha=1 - lambda_value)
        start = stop


def check_options(k1: int, k2: int, lambda_value: float) -> None:
    """See that the options of re-ranking are in their ranges.

    Raises:
        InputError: If one is not.
    """
    whole = all(isinstance(k, int) and k >= 1 for k in (k1, k2))
    if not whole or not 0 <= lambda_value <= 1:
        raise InputError(
            f"re-ranking has k1 = {k1}, k2 = {k2}, lambda_value = {lambda_value}; expected whole "
            "numbers from 1, and a share from 0 to 1"
        )


def _shared_weights(weights: csr_matrix, by_item: csr_matrix, out: np.ndarray) -> Tensor:
    """Return the sum of the smaller weights of each query and gallery item, shape (n, G)."""
    own = (weights.indptr, weights.indices, weights.data)
    others = (by_item.indptr, by_item.indices, by_item.data)

    def add(bounds: tuple[int, int]) -> None:
        _add_minima(*bounds, *own, *others, out)

    with threads() as pool:
        list(pool.map(add, in_slices(len(out), pool)))
    return torch.from_numpy(out)


@compiled(nogil=True)
def _add_minima(start, stop, ends, items, values, other_ends, others, other_values, out):  # type: ignore[no-untyped-def]
    for q in range(start, stop):
        line = out[q]
        line[:] = 0
        for k in range(ends[q], ends[q + 1]):
            item = items[k]
            for g in range(other_ends[item], other_ends[item + 1]):
                line[others[g]] += min(values[k], other_values[g])
