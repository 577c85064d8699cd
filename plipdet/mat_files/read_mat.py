"""read_mat: variables of a .mat file as plain Python and NumPy values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from plipdet.errors import InputError, near

from .unfit_content import UnfitContentError
from .version5 import entries_of_version5, names_of_version5, read_version5
from .version73 import entries_of_version73, names_of_version73, read_version73

MatValue: TypeAlias = "dict[str, Any] | list[Any] | str | Any"
"""A struct, a cell or an array of structs, a text, or a NumPy array of numbers."""
_HDF5 = b"\x89HDF\r\n\x1a\n"
_HEADER = 512  # B before the HDF5 of a .mat of version 7.3
_NAMED = 8


def read_mat(path: str | Path, names: Sequence[str]) -> dict[str, MatValue]:
    """Read variables of a .mat file of any version that MATLAB writes; the file runs no code.

    Version 5 (``save``, ``-v6``, ``-v7``, ``scipy.io.savemat``) and 7.3 (HDF5) give the same:

    - a struct is a dictionary, an array of structs a list of them,
    - a cell array is a list, in MATLAB's order (down the first column, then the next),
    - a row of characters is a string, several rows a list of strings without trailing blanks,
    - numbers and logicals are an array of two axes or more, float64 where MATLAB has a double.

    Args:
        path: The file.
        names: Variables to read; others are not looked at.

    Raises:
        InputError: If there is no such file, it is damaged, cut short or no .mat, or it lacks a
            variable; or if that has something else in it, such as an object of a class.
    """
    path = Path(path)
    with _told(path):
        is_hdf5 = _is_hdf5(path)
        found = names_of_version73(path) if is_hdf5 else names_of_version5(path)
        _check_names(path, names, found)
        return read_version73(path, names) if is_hdf5 else read_version5(path, names)


def read_one_of(path: str | Path, names: Sequence[str]) -> tuple[str, MatValue]:
    """Return the first of some variables that a file has, its name and value.

    Args:
        path: The file.
        names: Of variables, the preferred first.

    Raises:
        InputError: As of :func:`read_mat`, if the file has none of them.
    """
    path = Path(path)
    with _told(path):
        is_hdf5 = _is_hdf5(path)
        found = names_of_version73(path) if is_hdf5 else names_of_version5(path)
        name = next((name for name in names if name in found), names[0])
        _check_names(path, [name], found)
        return name, (read_version73 if is_hdf5 else read_version5)(path, [name])[name]


def iter_mat(path: str | Path, name: str) -> Iterator[MatValue]:
    """Yield the entries of a variable that is a cell or an array of structs, one after another.

    No more than one entry is in memory, so that protocols of gigabytes can be read. Entries are
    those of :func:`read_mat`; a single struct is its own only entry.

    Args:
        path: The file.
        name: The variable.

    Raises:
        InputError: As of :func:`read_mat`, perhaps after some entries; or if the variable is
            neither.
    """
    path = Path(path)
    with _told(path):
        is_hdf5 = _is_hdf5(path)
        _check_names(path, [name], (names_of_version73 if is_hdf5 else names_of_version5)(path))
        yield from (entries_of_version73 if is_hdf5 else entries_of_version5)(path, name)


def _is_hdf5(path: Path) -> bool:
    with open(path, "rb") as file:
        head = file.read(_HEADER + len(_HDF5))
    return _HDF5 in (head[: len(_HDF5)], head[_HEADER:])


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say of any failure to read a file what is wrong with it."""
    if not path.is_file():
        raise InputError(f"there is no file {path}; name a .mat file")
    try:
        yield
    except InputError:
        raise
    except UnfitContentError as problem:
        raise InputError(f"{path} holds {problem}") from problem
    except (Exception, MemoryError) as error:  # damaged bytes can provoke anything
        words = " ".join(str(error).split())[:80] or type(error).__name__
        raise InputError(
            f"{path} is damaged, cut short, or no .mat file ({path.stat().st_size} bytes; "
            f"{words}); download it again"
        ) from error


def _check_names(path: Path, names: Sequence[str], found: Sequence[str]) -> None:
    lacking = [name for name in names if name not in found]
    if lacking:
        shown = ", ".join(found[:_NAMED]) + (" ..." if len(found) > _NAMED else "")
        raise InputError(
            f"{path} lacks {', '.join(lacking)}{near(lacking[0], found)}; its variables are "
            f"{shown or 'none'}: it is not the file of this data set"
        )
