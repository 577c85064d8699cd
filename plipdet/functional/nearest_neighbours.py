"""The most similar rows of each row, without an N x N array."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from plipdet.compiled import compiled

from .rank_counting import in_slices, threads

_TILE = 2048  # rows and columns of a tile of products, which the caches hold
_RUN = 64  # scores that are looked through only if one of them is high enough
_SPARE = 4  # neighbours more than asked for, among which double precision decides


@dataclass(slots=True, frozen=True)
class Neighbours:
    """The K most similar rows of each of N rows, itself first.

    Args:
        indices: From most to least similar, the lower index first at equal similarity, int32,
            shape (N, K).
        least: Smallest similarity of each row to any row, float32, shape (N,).
    """

    indices: np.ndarray
    least: np.ndarray


def nearest_neighbours(features: Tensor, count: int, *, chunk: int = 512) -> Neighbours:
    """Find the rows with the highest dot products.

    On a CPU each product is computed once for both of its rows, in tiles; a tile's scores are
    compared with the lowest score that is kept so far, and few are above. So the products are
    nearly the whole cost, and half of what they cost a library that searches row by row. The
    order is that of products in double precision: those of single precision depend on how they
    were cut into tiles, and an item at the end of a list would come and go with it.

    Args:
        features: Float32, shape (N, D); on a GPU, products and selection run there.
        count: K, itself included; at most N are given.
        chunk: Rows at once on a GPU.
    """
    count = min(count, len(features))
    kept = min(count + _SPARE, len(features))
    if features.device.type == "cpu":
        candidates, least = _in_tiles(features, kept - 1)
    else:
        candidates, least = _on_device(features, kept - 1, chunk)
    indices = np.empty((len(features), count), np.int32)
    with threads() as pool:
        rows = features.cpu().numpy()

        def order(bounds: tuple[int, int]) -> None:
            _order_rows(rows, *bounds, candidates, indices)

        list(pool.map(order, in_slices(len(rows), pool)))
    return Neighbours(indices, least)


def _in_tiles(features: Tensor, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the best of each row beside itself, (N, count), and its least product, (N,)."""
    size = len(features)
    best = _Best(size, count)
    starts = range(0, size, _TILE)
    buffer = torch.empty(_TILE * _TILE)
    pairs = [(i, j) for i in starts for j in starts if j >= i]
    with threads() as pool:
        for i, j in tqdm(pairs, desc="neighbours", unit=" tiles", delay=2.0, leave=False):
            rows, columns = features[i : i + _TILE], features[j : j + _TILE]
            tile = buffer[: len(rows) * len(columns)].view(len(rows), len(columns))
            torch.mm(rows, columns.T, out=tile)
            best.add(tile.numpy(), i, j, pool)
    return best.indices, best.least


class _Best:
    """The highest scores of N rows so far, best first.

    Args:
        size: N.
        count: Kept for each row, beside itself.
    """

    def __init__(self, size: int, count: int) -> None:
        self.scores = np.full((size, count), -np.inf, np.float32)
        self.indices = np.full((size, count), size, np.int32)
        self.floor = np.full(size, -np.inf, np.float32)  # the lowest score that is kept
        self.least = np.full(size, np.inf, np.float32)

    def add(self, tile: np.ndarray, row: int, column: int, pool: ThreadPoolExecutor) -> None:
        """Take a tile of scores, which begins at ``row`` and ``column``, in for both sides."""
        kept = (self.scores, self.indices, self.floor, self.least)

        def of_rows(bounds: tuple[int, int]) -> None:
            _take_rows(tile, *bounds, row, column, *kept)

        def of_columns(bounds: tuple[int, int]) -> None:
            _take_columns(tile, *bounds, row, column, *kept)

        list(pool.map(of_rows, in_slices(len(tile), pool)))
        if row != column:
            list(pool.map(of_columns, in_slices(tile.shape[1], pool)))


@compiled(nogil=True)
def _take_rows(tile, start, stop, row, column, scores, indices, floor, least):  # type: ignore[no-untyped-def]
    for i in range(start, stop):
        at, line = row + i, tile[i]
        for begin in range(0, len(line), _RUN):
            run = line[begin : begin + _RUN]
            lowest, high, some = least[at], floor[at], np.int32(0)
            for j in range(len(run)):
                lowest = min(lowest, run[j])
                some += np.int32(run[j] >= high)
            least[at] = lowest
            if some:
                for j in range(len(run)):
                    if run[j] >= floor[at]:
                        _insert(run[j], column + begin + j, at, scores, indices, floor)


@compiled(nogil=True)
def _take_columns(tile, start, stop, row, column, scores, indices, floor, least):  # type: ignore[no-untyped-def]
    for i in range(len(tile)):
        for begin in range(start, stop, _RUN):
            end = min(begin + _RUN, stop)
            run = tile[i, begin:end]
            high, low = floor[column + begin : column + end], least[column + begin : column + end]
            some = np.int32(0)
            for j in range(len(run)):
                low[j] = min(low[j], run[j])
                some += np.int32(run[j] >= high[j])
            if some:
                for j in range(len(run)):
                    if run[j] >= high[j]:
                        _insert(run[j], row + i, column + begin + j, scores, indices, floor)


@compiled(nogil=True)
def _insert(score, index, at, scores, indices, floor):  # type: ignore[no-untyped-def]
    """Keep an item among the best of row ``at``, after those of equal score and lower index."""
    line, names = scores[at], indices[at]
    place = len(line)
    while place > 0 and (
        line[place - 1] < score or (line[place - 1] == score and names[place - 1] > index)
    ):
        place -= 1
    if index == at or place == len(line):
        return
    for k in range(len(line) - 1, place, -1):
        line[k], names[k] = line[k - 1], names[k - 1]
    line[place], names[place] = score, index
    floor[at] = line[-1]


@compiled(nogil=True)
def _order_rows(rows, start, stop, candidates, indices):  # type: ignore[no-untyped-def]
    """Put each row itself first and the best of its candidates behind it."""
    for i in range(start, stop):
        names = np.sort(candidates[i])  # so that the lower index comes first at equal products
        products = np.empty(len(names))
        for k in range(len(names)):
            products[k] = dot(rows[i], rows[names[k]])
        order = np.argsort(-products, kind="mergesort")
        indices[i, 0] = i
        for k in range(indices.shape[1] - 1):
            indices[i, 1 + k] = names[order[k]]


@compiled(nogil=True, fastmath={"reassoc", "contract"})
def dot(one, other):  # type: ignore[no-untyped-def]
    """Return the product of two rows in double precision."""
    total = 0.0
    for k in range(len(one)):
        total += np.float64(one[k]) * np.float64(other[k])
    return total


def _on_device(features: Tensor, count: int, chunk: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what :func:`_in_tiles` does, equal products in any order."""
    size = len(features)
    indices = np.empty((size, count), np.int32)
    least = np.empty(size, np.float32)
    bar = tqdm(range(0, size, chunk), desc="neighbours", unit=" chunks", delay=2.0, leave=False)
    for start in bar:
        scores = features[start : start + chunk] @ features.T  # (chunk, N)
        rows = torch.arange(len(scores), device=scores.device)
        least[start : start + len(scores)] = scores.amin(dim=1).cpu().numpy()
        scores[rows, start + rows] = -torch.inf
        best = scores.topk(count, dim=1).indices
        indices[start : start + len(scores)] = best.cpu().numpy()
    return indices, least
