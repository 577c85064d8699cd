"""UnfitContentError: what a .mat file can hold and a data set does not need."""

from __future__ import annotations

OBJECT = (
    "an object of a MATLAB class, such as string or table; save cells of characters and matrices "
    "in its place: cellstr(x), x{:,:}"
)
SPARSE = "a sparse matrix; save full(x) in its place"


class UnfitContentError(Exception):
    """The message goes on after "FILE holds", and says what to do."""


class WayIn:
    """Where in the values a reader is, so that a file cannot make it go on for ever.

    A file of version 7.3 can name one value in many places, even inside itself.

    Args:
        deepest: Number of values inside one another that are read.
        most: Number of cells and structs that are read.
    """

    def __init__(self, deepest: int = 32, most: int = 10_000_000) -> None:
        self._deepest, self._most = deepest, most
        self._depth = self._count = 0

    def into(self, count: int) -> WayIn:
        """Return what a reader is within while it reads that many values inside another."""
        self._count += count
        if self._depth == self._deepest or self._count > self._most:
            raise UnfitContentError(
                f"values inside one another, deeper than {self._deepest} or more than "
                f"{self._most:,}; it is no data set's file"
            )
        return self

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(self, *problem: object) -> None:
        self._depth -= 1
