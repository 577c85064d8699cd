"""Work that ranks wait for, however long it takes."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, TypeVar

import torch.distributed as dist

from plipdet.errors import InputError

from .ranks import is_active

T = TypeVar("T")
# NCCL gives a collective ten minutes and gloo thirty, which reading a large set may take.
_PATIENCE = datetime.timedelta(days=1)
_group: tuple[Any, Any] | None = None  # the default group, and the patient one of its ranks


def gather_patiently(value: T) -> list[T]:
    """Return the values of all ranks in rank order, waiting up to a day for the last of them.

    The values travel pickled between our own processes, over gloo whatever the backend is.
    """
    if not is_active():
        return [value]
    group = _patient_group()
    values: list[Any] = [None] * dist.get_world_size(group)
    dist.all_gather_object(values, value, group=group)
    return values


def run_together(work: Callable[[], T]) -> T:
    """Return what ``work`` gives on this rank, once it is done on all ranks.

    Raises:
        InputError: On every rank, if ``work`` raised one on some rank.
        RuntimeError: On every other rank, if ``work`` raised something else on one.
    """
    caught: Exception | None = None
    result: T | None = None
    try:
        result = work()
    except Exception as error:  # raised again below, after the others know
        caught = error
    is_input = isinstance(caught, InputError)
    problem = None if caught is None else (str(caught) if is_input else repr(caught), is_input)
    problems = gather_patiently(problem)
    if caught is not None:
        raise caught
    for number, found in enumerate(problems):
        if found is not None:
            message, is_input = found
            raise InputError(message) if is_input else RuntimeError(f"rank {number}: {message}")
    return result  # type: ignore[return-value]


def _patient_group() -> Any:
    global _group
    default = dist.group.WORLD
    if _group is None or _group[0] is not default:
        _group = (default, dist.new_group(backend="gloo", timeout=_PATIENCE))
    return _group[1]
