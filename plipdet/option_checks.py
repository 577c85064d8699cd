"""What many options must be: whole numbers, shares, positive numbers; one message for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

from plipdet.errors import InputError


def whole_number(value: Any, option: str, *, least: int = 1) -> int:
    """Return a whole number.

    Args:
        value: What was given.
        option: What it was given for, for the message, like "samples of PersonSearchTask".
        least: The smallest that is right.

    Raises:
        InputError: If it is something else, or below ``least``.
    """
    if not _is_whole(value) or value < least:
        raise InputError(f"{option} is {value!r}; expected a whole number, {least} or more")
    return int(value)


def two_whole_numbers(value: Any, option: str) -> tuple[int, int]:
    """Return two whole numbers of 1 or more, such as a height and a width.

    Raises:
        InputError: If it is something else.
    """
    numbers = _listed(value)
    if len(numbers) != 2 or not all(_is_whole(n) and n >= 1 for n in numbers):
        raise InputError(f"{option} is {value!r}; expected two whole numbers of 1 or more")
    return int(numbers[0]), int(numbers[1])


def positive_number(value: Any, option: str) -> float:
    """Return a number above 0.

    Raises:
        InputError: If it is something else.
    """
    if not _is_number(value) or value <= 0:
        raise InputError(f"{option} is {value!r}; expected a number above 0")
    return float(value)


def positive_numbers(value: Any, option: str) -> tuple[Any, ...]:
    """Return numbers above 0, one at least.

    Raises:
        InputError: If it is something else.
    """
    numbers = _listed(value)
    if not numbers or not all(_is_number(n) and n > 0 for n in numbers):
        raise InputError(f"{option} is {value!r}; expected a list of numbers above 0, one at least")
    return numbers


def share(value: Any, option: str) -> float:
    """Return a number of 0 to 1.

    Raises:
        InputError: If it is something else.
    """
    if not _is_number(value) or not 0 <= value <= 1:
        raise InputError(f"{option} is {value!r}; expected a number of 0 to 1")
    return float(value)


def _listed(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
