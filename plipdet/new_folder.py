"""Making a folder of data whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plipdet.errors import InputError
from plipdet.is_running import is_running


@contextmanager
def new_folder(out: Path, *, overwrite: bool, marker: str) -> Iterator[Path]:
    """Yield a temporary folder beside ``out`` that becomes ``out`` when the block succeeds.

    An interrupted run leaves nothing that looks like a data set: the temporary folder is removed,
    at the latest by the next run when the process was killed.

    Args:
        out: The folder to make.
        overwrite: Whether an earlier folder of the same kind may be replaced.
        marker: File that every such folder has; a folder without it is never replaced.

    Raises:
        InputError: If ``out`` is in use by something else.
    """
    out = Path(os.path.abspath(out))
    _check_free(out, overwrite, marker)
    out.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(out)
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    part.mkdir()
    try:
        yield part
        assert (part / marker).is_file(), f"a finished folder lacks its {marker}"
        old = part.with_suffix(".old")
        if out.exists():
            os.rename(out, old)
        os.rename(part, out)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _check_free(out: Path, overwrite: bool, marker: str) -> None:
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; name a folder")
    if not out.exists() or not any(out.iterdir()):
        return
    if not overwrite:
        raise InputError(f"--out {out} is not empty; name another folder, or add --overwrite")
    if not (out / marker).is_file():
        raise InputError(
            f"--out {out} is not empty and has no {marker}, so this tool did not make it; it is "
            "not overwritten: name another folder"
        )


def _remove_abandoned(out: Path) -> None:
    """Remove temporary folders of runs that were killed."""
    for part in out.parent.glob(f".{out.name}.*.part"):
        owner = part.name.rsplit(".", 2)[1]
        if owner.isdigit() and not is_running(int(owner)):
            shutil.rmtree(part, ignore_errors=True)
