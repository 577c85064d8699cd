"""Doing jobs in several processes that end with their parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

import cv2

from plipdet.errors import InputError

Job = TypeVar("Job")
Result = TypeVar("Result")


def spread(work: Callable[[Job], Result], jobs: Sequence[Job], *, workers: int) -> Iterator[Result]:
    """Yield the result of each job as it is done, in any order.

    Args:
        work: A function of a module, which a spawned process can import.
        jobs: What to call it with.
        workers: Number of processes; 1 works in this one.

    Raises:
        InputError: If a process was killed.
    """
    workers = min(workers, len(jobs))
    if workers <= 1:
        yield from map(work, jobs)
        return
    # Spawned, not forked: a fork would inherit the locks of OpenCV's and numba's threads.
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)
    try:
        for done in as_completed([executor.submit(work, job) for job in jobs]):
            yield done.result()
    except BrokenProcessPool as error:
        raise InputError(
            f"one of {workers} rendering processes was killed, likely for lack of memory; "
            "use fewer workers"
        ) from error
    finally:
        executor.shutdown(cancel_futures=True)


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the workers, quietly
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when its parent was killed; it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "a worker has a parent"
    parent.join()
    os._exit(1)
