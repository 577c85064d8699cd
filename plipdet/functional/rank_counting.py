"""Counting the wrong gallery items at or above each right one, on the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import torch

from plipdet.compiled import compiled

from .gallery_matches import MatchRows

_BLOCK = 1024  # scores that stay in the first-level cache while the thresholds pass over them
_FEW = 48  # thresholds; for more, cells are faster than comparing each with each
_CELLS = 8192
_SLICES = 4  # a thread, as queries with many right items take longer


@contextmanager
def threads() -> Iterator[ThreadPoolExecutor]:
    """Give as many threads as PyTorch computes with."""
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        yield pool


def in_slices(count: int, pool: ThreadPoolExecutor) -> Iterator[tuple[int, int]]:
    """Yield the bounds of slices of ``count`` rows, a few for each thread of a pool."""
    size = -(-count // (pool._max_workers * _SLICES)) or 1
    return ((start, min(start + size, count)) for start in range(0, count, size))


def count_wrong_above(
    scores: np.ndarray, matches: MatchRows, pool: ThreadPoolExecutor
) -> np.ndarray:
    """Return how many wrong items score at least as high as each right one.

    A query's right scores are thresholds. Up to 48 are compared with all scores, in vector
    registers and from the lowest up until a block of scores has none above: for 20 right items
    1 ns a score on one core at worst, 0.1 where right items lie near the top. For more of them,
    scores are sorted into 8,192 cells of equal width, and only those that share a cell with a
    threshold are compared: 2 to 5 ns for up to a thousand right items.

    Args:
        scores: Of each query with all items, higher is better, C-contiguous, float32 or float64,
            shape (Q, G).
        matches: Of the same queries, R of them right.
        pool: From :func:`threads`.

    Returns:
        int64 of shape (R,): query by query, for its right items from best to worst.
    """
    wrong_ends = matches.of_right().ends
    wrong = np.zeros(wrong_ends[-1], np.int64)

    def count(bounds: tuple[int, int]) -> None:
        _count_rows(scores, *bounds, matches.items, matches.right, matches.ends, wrong, wrong_ends)

    list(pool.map(count, in_slices(len(scores), pool)))
    return wrong


@compiled(nogil=True)
def _count_rows(scores, start, stop, items, is_right, ends, wrong, wrong_ends):  # type: ignore[no-untyped-def]
    for q in range(start, stop):
        row = scores[q]
        own = items[ends[q] : ends[q + 1]]
        taken = is_right[ends[q] : ends[q + 1]]
        right, left_out = np.sort(row[own[taken]]), np.sort(row[own[~taken]])
        if len(right) == 0:
            continue
        thresholds = right[np.append(True, right[1:] != right[:-1])]
        counts = np.zeros(len(thresholds), np.int64)
        span = thresholds[-1] - thresholds[0]
        scale = np.float32(_CELLS / span) if span > 0 else np.float32(0)
        if len(thresholds) > _FEW and scale < np.inf:
            _add_by_cells(row, thresholds, scale, counts)
        else:
            _add_by_comparing(row, thresholds, counts)
        k, better, lower = len(thresholds), 0, len(left_out)
        while better < len(right):  # from best to worst
            k -= 1
            while lower > 0 and left_out[lower - 1] >= thresholds[k]:
                lower -= 1
            after = better
            while after < len(right) and right[len(right) - 1 - after] == thresholds[k]:
                after += 1
            others = counts[k] - after - (len(left_out) - lower)
            wrong[wrong_ends[q] + better : wrong_ends[q] + after] = others
            better = after


@compiled(nogil=True)
def _add_by_comparing(row, thresholds, counts):  # type: ignore[no-untyped-def]
    for start in range(0, len(row), _BLOCK):
        block = row[start : start + _BLOCK]
        for k in range(len(thresholds)):
            threshold = thresholds[k]
            found = np.int32(0)
            for i in range(len(block)):
                found += np.int32(block[i] >= threshold)
            if found == 0:
                break  # nor is any above the higher thresholds
            counts[k] += found


@compiled(nogil=True)
def _add_by_cells(row, thresholds, scale, counts):  # type: ignore[no-untyped-def]
    """Count by cells, whose number never falls as scores rise, whatever the rounding."""
    lowest, top = thresholds[0], np.float32(_CELLS)
    under, one = np.float32(-1), np.float32(1)
    below = np.zeros(_CELLS + 3, np.int32)  # thresholds in the cells below a cell
    for threshold in thresholds:
        below[np.int32(min((threshold - lowest) * scale, top) + one) + 1] += 1
    for cell in range(1, _CELLS + 3):
        below[cell] += below[cell - 1]
    held = below[1:] > below[:-1]
    in_cell = np.zeros(_CELLS + 2, np.int32)
    reached = np.zeros(len(thresholds) + 1, np.int64)  # items by how many thresholds they reach
    cells = np.empty(_BLOCK, np.int32)
    for start in range(0, len(row), _BLOCK):
        block = row[start : start + _BLOCK]
        for i in range(len(block)):
            at = (block[i] - lowest) * scale
            at = at if at > under else under  # not a number is below all
            cells[i] = np.int32(min(at, top) + one)
        for i in range(len(block)):
            cell = cells[i]
            in_cell[cell] += 1
            if held[cell]:
                k = below[cell]
                while k < below[cell + 1] and thresholds[k] <= block[i]:
                    k += 1
                reached[k] += 1
    for cell in range(_CELLS + 2):
        if not held[cell]:
            reached[below[cell]] += in_cell[cell]
    counts += np.cumsum(reached[::-1])[::-1][1:]
