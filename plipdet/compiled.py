"""compiled: a function made machine code by Numba, and kept for the next process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(**options: Any) -> Callable[[Function], Function]:
    """Return a decorator that compiles a function, ``numba.njit`` with its options.

    The machine code is cached beside the module or in the user's cache folder. Where neither can
    be written, as in a container of somebody else's, each process compiles anew.
    """

    def decorate(function: Function) -> Function:
        try:
            return njit(cache=True, **options)(function)
        except RuntimeError as error:
            if "no locator available" not in str(error):
                raise
            return njit(**options)(function)

    return decorate
