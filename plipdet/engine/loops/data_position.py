"""Where in the data to go on when the loader is, or is not, the one of the run before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def where_to_go_on(
    state: Mapping[str, Any], layout: Mapping[str, Any]
) -> tuple[int, int, str | None]:
    """Return the pass and the batch to go on with, and a warning if they are not exact.

    With another batch size or number of ranks a number of batches means other rows. Where rows
    are dealt to the ranks from one common order, what all ranks have read is the beginning of
    that order, so as many rows are left out; elsewhere the pass starts from its beginning.

    Args:
        state: Position of the run before, with its ``layout``.
        layout: The layout now, see :attr:`LoaderPasses.layout`.
    """
    number, batch, before = state["pass"], state["batch"], state["layout"]
    changes = [
        f"{words} {before[key]} -> {layout[key]}"
        for key, words in _WORDS.items()
        if before[key] != layout[key]
    ]
    if not changes:
        return number, batch, None
    told = ", ".join(changes)
    if not batch:
        return number, 0, f"the data are read otherwise than before ({told})"
    sizes = before["batch_size"], layout["batch_size"]
    comparable = before["dealt"] and layout["dealt"] and None not in sizes
    if not comparable or before["items"] != layout["items"]:
        return number, 0, (
            f"a position in other data or batches has no meaning ({told}); pass {number + 1} over "
            "the data starts from its beginning"
        )  # fmt: skip
    rows = batch * before["batch_size"] * before["ranks"]
    here = min(rows // (layout["batch_size"] * layout["ranks"]), layout["batches"])
    return number, here, (
        f"the data are read otherwise than before ({told}); {rows} rows of pass {number + 1} were "
        f"read, so it goes on with batch {here + 1} of {layout['batches']}. Schedules that count "
        "iterations keep their count"
    )  # fmt: skip


_WORDS = {
    "items": "items",
    "batch_size": "batch size",
    "ranks": "ranks",
    "batches": "batches a pass",
}
