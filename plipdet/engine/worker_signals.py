"""Signals in a loader's workers: they leave them to the process that started them."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable


def leave_signals_to_parent(worker: int, *, then: Callable[[int], object] | None = None) -> None:
    """Start a worker that ends when its parent ends it, and at no signal meant for all.

    Ctrl-C reaches all processes of a terminal, and a scheduler's SIGTERM often all of a job. A
    training that wants to finish its iteration and save needs its workers until then; PyTorch
    raises an error in the middle of whatever it does when one of them is killed.

    Args:
        worker: Number of the worker, as a ``worker_init_fn`` gets it.
        then: The ``worker_init_fn`` to go on with.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    if hasattr(signal, "sigwaitinfo"):  # else there is no telling who sent a signal
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        threading.Thread(target=_end_with_parent, daemon=True).start()
    if then is not None:
        then(worker)


def _end_with_parent() -> None:
    while signal.sigwaitinfo({signal.SIGTERM}).si_pid != os.getppid():
        pass
    os._exit(0)
