"""WriterLock: one process at a time writes to a store."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from plipdet.errors import InputError
from plipdet.is_running import is_running


class WriterLock:
    """Holds a lock file; the system frees it when the process ends, however it ends.

    Where a file system has no locks, the number of the process in the file tells.

    Args:
        path: The lock file, made if there is none and left behind.

    Raises:
        InputError: If another process writes to the store.
    """

    def __init__(self, path: Path) -> None:
        self._file = open(path, "a+", encoding="ascii")
        self._file.seek(0)
        other = self._file.read().strip()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._refuse(path, other, error)
        except OSError as error:
            if other.isdigit() and int(other) != os.getpid() and is_running(int(other)):
                self._refuse(path, other, error)
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def _refuse(self, path: Path, other: str, error: OSError) -> None:
        self._file.close()
        raise InputError(
            f"process {other or 'of another machine'} is writing to {path.parent}; wait until it "
            "has ended (searching meanwhile is fine)"
        ) from error

    def close(self) -> None:
        """Let others write."""
        self._file.truncate(0)
        self._file.close()

    def __enter__(self) -> WriterLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()
