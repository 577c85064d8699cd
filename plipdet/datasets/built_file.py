"""BuiltFile: a file made of other files once, by as few ranks as can be, and found afterwards."""

from __future__ import annotations

import contextlib
import logging
import socket
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from mmengine.logging import print_log

from plipdet.distributed import gather_patiently, is_main, rank, run_together
from plipdet.errors import InputError
from plipdet.whole_file import remove_leftovers

T = TypeVar("T")


class BuiltFile(Generic[T]):
    """A file that is found where it is whole, else built by as few ranks as can be.

    Args:
        paths: Where it may lie, the preferred place first.
        what: What it is, for messages.
        open_file: Opens the one at a path; an InputError says what is wrong with it.
        write_file: Builds it at a path.
        on_built: Called with a file that was built and its path, to remove those it replaces.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        what: str,
        open_file: Callable[[Path], T],
        write_file: Callable[[Path], None],
        on_built: Callable[[T, Path], None],
    ) -> None:
        self.paths = tuple(paths)
        self._what = what
        self._open = open_file
        self._write = write_file
        self._on_built = on_built

    def get(self) -> T:
        """Return the opened file; all ranks call it, and none returns before all have it.

        The first rank that lacks it builds it. Where that rank's file is not seen, on a machine
        with a disk of its own, one rank of the machine does the same.

        Raises:
            InputError: On all ranks, if it cannot be built or written on one of them.
        """
        found = run_together(self.find)
        for builders in (_first, _first_of_each_host, _all):
            state = gather_patiently((socket.gethostname(), found is not None))
            if all(has for _, has in state):
                break
            here = rank() in builders(state)
            built = run_together(self.build if here else _nothing)
            found = next((f for f in (found, built) if f is not None), None)
            if found is None:
                found = self.find()
        assert found is not None
        return found

    def find(self) -> T | None:
        """Return the file if a whole one exists; a damaged one is named."""
        for path in self.paths:
            if path.exists():
                try:
                    return self._open(path)
                except InputError as error:
                    if is_main():
                        message = str(error).removesuffix("; delete it to have it built again")
                        print_log(f"{message}; building it again", "current", logging.WARNING)
        return None

    def build(self) -> T:
        """Write the file to the first place that can be written, and open it.

        Raises:
            InputError: If no place can be written, or what it is made of is wrong.
        """
        path = next((path for path in self.paths if _can_write(path.parent)), None)
        if path is None:
            raise InputError(
                f"{self._what} can be written neither to {self.paths[0].parent} nor "
                f"to {self.paths[-1].parent}; make one of them writable, or set XDG_CACHE_HOME"
            )
        # The look above makes a network file system show what another machine has written since.
        if path.exists():
            with contextlib.suppress(InputError):
                return self._open(path)
        remove_leftovers(path.parent)  # they may be what leaves no room for this one
        self._write(path)
        found = self._open(path)
        self._on_built(found, path)
        return found


def _nothing() -> None:
    return None


def _first(state: list[tuple[str, bool]]) -> set[int]:
    return {[has for _, has in state].index(False)}


def _first_of_each_host(state: list[tuple[str, bool]]) -> set[int]:
    found = {host: number for number, (host, has) in reversed(list(enumerate(state))) if not has}
    return set(found.values())


def _all(state: list[tuple[str, bool]]) -> set[int]:
    return {number for number, (_, has) in enumerate(state) if not has}


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
