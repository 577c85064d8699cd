"""The folder that a run writes to: there, not the config's own, and what a full disk means."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from plipdet.errors import InputError
from plipdet.whole_file import NO_ROOM


def spare_config(cfg: Any) -> None:
    """Refuse a work folder where MMEngine's copy of the config would replace the file itself.

    Raises:
        InputError: If it is the config's own folder.
    """
    own = getattr(cfg, "filename", None)
    if own and os.path.realpath(own) == os.path.realpath(
        os.path.join(cfg["work_dir"], os.path.basename(own))
    ):
        raise InputError(
            f"work_dir {cfg['work_dir']} is the config's own folder, and the copy of the config "
            f"that a run leaves would replace {own}; name another folder, as with --work-dir"
        )


def make(work_dir: str) -> None:
    """Make the folder, unless it is there.

    Raises:
        InputError: If it cannot be written.
    """
    try:
        os.makedirs(work_dir, exist_ok=True)
        with tempfile.TemporaryFile(dir=work_dir):
            pass
    except OSError as error:
        raise InputError(
            f"work_dir {work_dir} cannot be written ({error.strerror}); name another one, as with "
            "--work-dir"
        ) from error


@contextmanager
def room_in(work_dir: str) -> Iterator[None]:
    """Name the folder when the disk is full and MMEngine's or TensorBoard's writers do not.

    Raises:
        InputError: Then.
    """
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM and error.filename is None:
            raise InputError(
                f"work_dir {work_dir}: {error.strerror}; make room or name another one with "
                "--work-dir (checkpoints that were there before are whole)"
            ) from error
        raise
