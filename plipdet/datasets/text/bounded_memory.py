"""BoundedMemory: results of a function of short strings, remembered in bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class BoundedMemory(dict[str, T]):
    """Computes a value where it is missing and remembers it; ``memory[key]`` costs as a dict does.

    Captions are endless, their words few; but data are not to be trusted with a worker's memory.
    A full memory starts anew: it then fits what is read now.

    Args:
        compute: From key to value.
        most: How many values are remembered.
        longest: Longest key whose value is remembered, characters.
    """

    def __init__(self, compute: Callable[[str], T], *, most: int, longest: int) -> None:
        super().__init__()
        self._compute = compute
        self._most = most
        self._longest = longest

    def __missing__(self, key: str) -> T:
        value = self._compute(key)
        self.remember(key, value)
        return value

    def remember(self, key: str, value: T) -> None:
        """Keep a value that was computed elsewhere, if its key is short enough."""
        if len(key) > self._longest:
            return
        if len(self) >= self._most:
            self.clear()
        self[key] = value
