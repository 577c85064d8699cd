"""Signals in a loader's workers: they leave them to the process that started them."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from torch.utils.data import DataLoader

_WAITS = hasattr(signal, "sigwaitinfo")  # else there is no telling who sent a signal


def leave_signals_to_parent(loader: DataLoader) -> None:
    """Let a loader's workers end when their parent ends them, and at no signal meant for all.

    Ctrl-C reaches all processes of a terminal, and a scheduler's SIGTERM often all of a job. A
    training that wants to finish its iteration and save needs its workers until then; PyTorch
    raises an error in the middle of whatever it does when one of them is killed.

    Args:
        loader: A loader that MMEngine built, so of no class of its own; changed in place.
    """
    loader.__class__ = _SteadyLoader
    loader.worker_init_fn = partial(_begin, then=loader.worker_init_fn)


class _SteadyLoader(DataLoader):
    """A loader whose workers begin with SIGTERM held back, until they can tell who sent it."""

    def __iter__(self) -> Any:
        with _sigterm_held_back():
            return super().__iter__()


@contextmanager
def _sigterm_held_back() -> Iterator[None]:
    if not _WAITS:
        yield
        return
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def _begin(worker: int, *, then: Callable[[int], object] | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    if _WAITS:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    if then is not None:
        then(worker)


def _end_with_parent() -> None:
    while signal.sigwaitinfo({signal.SIGTERM}).si_pid != os.getppid():
        pass
    os._exit(0)
