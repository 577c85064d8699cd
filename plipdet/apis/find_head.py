"""find_head: a task's head of one class."""

from __future__ import annotations

from typing import TypeVar

from plipdet.errors import InputError
from plipdet.models.heads.pretext import PretextHead
from plipdet.tasks import PretrainingTask

Head = TypeVar("Head", bound=PretextHead)


def find_head(task: PretrainingTask, kind: type[Head]) -> Head:
    """Return the task's first head of a class.

    Raises:
        InputError: If it has none.
    """
    for head in task.heads.values():
        if isinstance(head, kind):
            return head
    names = [type(head).__name__ for head in task.heads.values()]
    raise InputError(f"this needs a model with a {kind.__name__}; the loaded one has {names}")
