"""KnownMemory: the shared memory of workers, opened once each instead of for every batch."""

from __future__ import annotations

import threading
from typing import TypeAlias

from torch import Tensor

from plipdet.is_running import is_running

from .shared_buffers import SentBuffer

Sender: TypeAlias = tuple[int, bytes]
"""Number of a process, and bytes that are its own: a later process may get the same number."""


class KnownMemory:
    """Buffers that workers have sent, by worker and number.

    To send memory takes a connection of its own, and to map it a page fault for every 4 kB that is
    read, which together cost more than all else about sending a batch. Those of a worker are
    forgotten when it drops them, and when it is gone and another one sends.
    """

    def __init__(self) -> None:
        self._of: dict[Sender, dict[int, Tensor]] = {}
        self._lock = threading.Lock()  # a loader that pins memory receives in a thread

    def of(self, sender: Sender, sent: SentBuffer) -> Tensor:
        """Return the whole memory of a buffer, uint8."""
        with self._lock:
            if sender not in self._of:
                self._of = {s: memory for s, memory in self._of.items() if is_running(s[0])}
            known = self._of.setdefault(sender, {})
            if sent.memory is not None:
                known[sent.number] = sent.memory
            memory = known[sent.number]
            for number in known.keys() - set(sent.kept):
                del known[number]
            return memory

    def forget(self) -> None:
        """Give all up."""
        self._lock = threading.Lock()  # a forked process may have got a locked one
        self._of = {}
