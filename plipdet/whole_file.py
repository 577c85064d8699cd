"""Writing a file whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import platform
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from plipdet.errors import InputError
from plipdet.is_running import is_running

_PART = re.compile(r"\..+\.(?P<host>[\w-]+)\.(?P<pid>\d+)\.part")
_ANOTHER_HOSTS = 86_400.0  # s, after which a file that another machine left counts as abandoned
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Numbers of the errors of a disk that is full, or that grants no more."""


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """Yield a temporary file beside ``path`` that becomes ``path`` when the block succeeds.

    The content is flushed to the disk before it is renamed; until then, and when the block fails,
    ``path`` keeps what it held before. A process that is killed meanwhile leaves the temporary
    file, see :func:`remove_leftovers`.

    Raises:
        InputError: If the place cannot be written, or the disk is full.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{_host()}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open(part, "wb")
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        with file:
            _try_lock(file)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        _flush_folder(path.parent)  # the rename itself
    except (OSError, RuntimeError) as error:
        # torch.save raises a RuntimeError of its own while it handles the disk's error.
        cause = error if isinstance(error, OSError) else error.__context__
        if isinstance(cause, OSError) and cause.errno in NO_ROOM:
            raise _unwritten(path, cause) from error
        raise
    finally:
        part.unlink(missing_ok=True)


def remove_leftovers(folder: str | Path) -> list[Path]:
    """Remove temporary files of :func:`whole_file` whose process is dead; return them.

    A living process holds a lock on its file. Over a network a lock may not be seen, so what
    another machine wrote goes only when nobody has touched it for a day; here, the process must be
    gone too.
    """
    return [path for path in sorted(Path(folder).glob(".*.part")) if _removed(path)]


def _removed(path: Path) -> bool:
    name = _PART.fullmatch(path.name)
    if name is None:
        return False
    try:
        if name["host"] == _host():
            abandoned = int(name["pid"]) == os.getpid() or not is_running(int(name["pid"]))
        else:
            abandoned = time.time() - path.stat().st_mtime > _ANOTHER_HOSTS
        if not abandoned:
            return False
        with open(path, "rb+") as file:
            if not _try_lock(file):
                return False
            path.unlink()
    except OSError:  # gone meanwhile, or somebody else's
        return False
    return True


def _host() -> str:
    return re.sub(r"[^\w-]", "-", platform.node()) or "host"


def _try_lock(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


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
