"""person_picture: one person of a table as pixels, and rows to look at."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from plipdet.datasets.transforms import LoadPersonImage
from plipdet.errors import InputError
from plipdet.structures import PersonTable


def person_picture(table: PersonTable, row: int) -> np.ndarray:
    """Return the crop of one row, RGB uint8, shape (H, W, 3).

    Raises:
        InputError: If the file is missing or does not decode.
    """
    results = {"row": table[row], "root": table.root, "images": table.images}
    return LoadPersonImage().transform(results)["img"]


def varied_rows(
    table: PersonTable, count: int, *, seed: int = 0, captioned: bool = False
) -> list[int]:
    """Return random rows, at first one of each identity.

    Args:
        table: Where to choose.
        count: How many rows at most.
        seed: Chooses the rows.
        captioned: Only rows that have a caption.

    Raises:
        InputError: If no row has a caption though one is asked for.
    """
    order = np.random.default_rng(seed).permutation(len(table))
    if captioned:
        lengths = pc.fill_null(pc.list_value_length(table.column("captions")), 0)
        order = order[lengths.to_numpy()[order] > 0]
        if not len(order):
            raise InputError(f"the data in {table.root} have no captions")
    ids = pc.fill_null(table.column("person_id"), -1).to_numpy()[order]
    return [int(r) for r in order[one_of_each_first(ids)][:count]]


def one_of_each_first(ids: np.ndarray) -> np.ndarray:
    """Return an order in which the first of each identity comes before any second one, (N,)."""
    _, first = np.unique(ids, return_index=True)
    rest = np.setdiff1d(np.arange(len(ids)), first)
    return np.concatenate([np.sort(first), rest])
