"""gathered_items: what all ranks have computed of a data set's items, in the data set's order."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from plipdet.distributed import gather_rows
from plipdet.errors import InputError


def gathered_items(
    rows: Sequence[Tensor], values: Sequence[Tensor], *, items: int, what: str
) -> Tensor:
    """Return the values of all items on every rank, shape (items, D); every rank must call it.

    Args:
        rows: Of each batch of this rank, which items it holds, int64, shape (B,).
        values: Of each batch, floating point, shape (B, D).
        items: How many the data set has; one that the sampler repeated counts once.
        what: What the values are, for the message.

    Raises:
        InputError: If an item is missing, or a value is not a number.
    """
    order = gather_rows(torch.cat(list(rows)))
    gathered = gather_rows(torch.cat(list(values)))
    found = gathered.new_full((items, gathered.shape[1]), torch.nan)
    found[order] = gathered  # a row that the sampler repeated lands where it was
    missing = int(torch.isnan(found).any(dim=1).sum())
    if missing:
        raise InputError(
            f"{missing} of {items} {what} are missing or not a number; check the weights, and "
            "that the sampler visits every item"
        )
    return found
