"""store_errors: LanceDB's errors in the words of this project."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plipdet.errors import InputError

_FULL = ("no space left", "os error 28", "disk quota", "os error 122", "file too large")
_DAMAGED = ("lance error", "lance file", "was not found")


class DamagedStoreError(InputError):
    """Files of a store are not there, or not whole: it is damaged, or was written anew since."""


@contextmanager
def store_errors(folder: Path) -> Iterator[None]:
    """Tell of a full disk and of a damaged store in words; LanceDB's errors are of many kinds."""
    try:
        yield
    except InputError:
        raise
    except (OSError, RuntimeError, ValueError) as error:
        text = str(error)
        if any(words in text.lower() for words in _FULL):
            raise InputError(
                f"the disk of {folder} is full; make room and index again: what was committed "
                "before is there, and indexing goes on where it stopped"
            ) from error
        if any(words in text.lower() for words in _DAMAGED):
            reason = text.split(", /")[0][:160]
            raise DamagedStoreError(
                f"{folder} is damaged ({reason}); take a copy of it, or index into a new store"
            ) from error
        raise
