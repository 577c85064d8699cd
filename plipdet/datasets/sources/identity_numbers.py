"""Numbers for identities that have names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from plipdet.errors import InputError

_NUMBER = re.compile(r"-?[0-9]{1,18}")


def are_numbers(names: Iterable[str]) -> bool:
    """Return whether names of identities are all whole numbers."""
    return all(map(_NUMBER.fullmatch, names))


def number_identities(names: Iterable[str], *, where: str) -> dict[str, int]:
    """Return the number of each name.

    Names that are all whole numbers stand for themselves. If one is a word, all are counted from 1
    in the order of their characters, so that the same names give the same numbers.

    Args:
        names: Names, each as often as it comes.
        where: What the names are of, for messages.

    Raises:
        InputError: If two names are the same number, such as 7 and 007.
    """
    different = sorted(set(names))
    if not are_numbers(different):
        return {name: number for number, name in enumerate(different, 1)}
    numbers: dict[int, str] = {}
    for name in different:
        other = numbers.setdefault(int(name), name)
        if other != name:
            raise InputError(
                f"{where} has the identities {other!r} and {name!r}, the same number; rename one, "
                "or join them if they are one person"
            )
    return {name: number for number, name in numbers.items()}
