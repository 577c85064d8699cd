"""Counting the wrong gallery items at or above each right one, on a GPU."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .gallery_matches import MatchRows

_FEW = 256  # thresholds a query; for more, sorting the scores is faster than comparing with each


def count_wrong_above_on_device(scores: Tensor, matches: MatchRows) -> np.ndarray:
    """Return what :func:`plipdet.functional.rank_counting.count_wrong_above` does.

    One right item of every query is compared at a time, so that no (Q, P, G) tensor is made.

    Args:
        scores: On any device, shape (Q, G).
        matches: Of the same queries, R of them right.

    Returns:
        int64 on the CPU, shape (R,).
    """
    right = matches.of_right()
    thresholds, present = _gathered(scores, right)
    thresholds, order = thresholds.sort(dim=1, descending=True)  # (Q, P), best first
    own, _ = _gathered(scores, matches)  # (Q, M)
    if thresholds.shape[1] <= _FEW:
        counts = torch.empty_like(thresholds, dtype=torch.int64)
        for k in range(thresholds.shape[1]):
            counts[:, k] = (scores >= thresholds[:, k, None]).sum(dim=1)
    else:
        counts = _at_least(scores, thresholds)
    wrong = counts - _at_least(own, thresholds)
    return wrong[present.gather(1, order)].cpu().numpy()


def _at_least(scores: Tensor, thresholds: Tensor) -> Tensor:
    ascending = scores.sort(dim=1).values
    return scores.shape[1] - torch.searchsorted(ascending, thresholds.contiguous())


def _gathered(scores: Tensor, rows: MatchRows) -> tuple[Tensor, Tensor]:
    """Return each query's scores of its items, -inf behind them, and where they are items."""
    counts = np.diff(rows.ends)
    place = np.arange(counts.max(initial=0))
    present = place < counts[:, None]
    index = np.zeros(present.shape, np.int64)
    index[present] = rows.items
    there = torch.from_numpy(present).to(scores.device)
    found = scores.gather(1, torch.from_numpy(index).to(scores.device))
    return found.masked_fill(~there, -torch.inf), there
