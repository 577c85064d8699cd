"""Writing a file whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from plipdet.errors import InputError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """Yield a temporary file beside ``path`` that becomes ``path`` when the block succeeds.

    The content is flushed to the disk before it is renamed; until then, and when the block fails,
    ``path`` keeps what it held before.

    Raises:
        InputError: If the place cannot be written, or the disk is full.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open(part, "wb")
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        _flush_folder(path.parent)  # the rename itself
    except (OSError, RuntimeError) as error:
        # torch.save raises a RuntimeError of its own while it handles the disk's error.
        cause = error if isinstance(error, OSError) else error.__context__
        if isinstance(cause, OSError) and cause.errno in _NO_ROOM:
            raise _unwritten(path, cause) from error
        raise
    finally:
        part.unlink(missing_ok=True)


def _unwritten(path: Path, error: OSError) -> InputError:
    return InputError(
        f"cannot write {path}: {error.strerror}; make room or name another place (files that were "
        "there before are whole)"
    )


def _flush_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
