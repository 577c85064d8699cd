"""StopSignals: the signals that ask a training to stop, noted until it can."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType
from typing import Any, ClassVar

from plipdet.distributed import is_main

EXIT_CODES = {"SIGTERM": 143, "SIGUSR1": 143, "SIGINT": 130}
"""Exit code after each signal: what it would be without the handler, and SIGTERM's for SIGUSR1."""

_SAME = 3.0  # s


class ValidationCutShortError(Exception):
    """Validation ends here because the run is to stop; the training loop tidies up."""


class StopSignals:
    """Notes a first signal, and ends the process's work at a second one.

    A launcher passes on a signal that its processes have got themselves, so one within 3 s of the
    first is not taken for a second. A signal that is ignored, as nohup and a shell's background
    jobs do, stays ignored. Only Ctrl-C is answered at once, as somebody waits there; a launcher
    also sends SIGTERM to ranks that another one failed, and what they were about to do is no news.
    """

    noted: ClassVar[bool] = False
    """Whether this process has got a signal that was to be noted."""

    def __init__(self) -> None:
        self.received: str | None = None
        self._since = 0.0
        self._process = os.getpid()
        self._former: dict[int, Any] = {}

    @property
    def active(self) -> bool:
        """Whether the signals are noted here now."""
        return bool(self._former)

    def heed(self) -> None:
        """Take over the signals, in the main thread; elsewhere Python cannot."""
        if self._former or threading.current_thread() is not threading.main_thread():
            return
        self.received, self._process = None, os.getpid()
        for name in EXIT_CODES:
            number = getattr(signal, name)
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._former[number] = signal.signal(number, self._note)

    def leave(self) -> None:
        """Give the signals back to whoever had them before."""
        for number, former in self._former.items():
            signal.signal(number, former)
        self._former = {}

    def _note(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._process:  # a worker that was just forked, and has not begun
            return
        name = signal.Signals(number).name
        if self.received is None:
            self.received, self._since = name, time.monotonic()
            StopSignals.noted = True
            if number == signal.SIGINT:
                _write("\nstopping after this iteration; Ctrl-C once more ends at once\n")
        elif time.monotonic() - self._since > _SAME:
            _write(f"\n{name} once more: ended at once, and nothing is saved\n")
            raise SystemExit(EXIT_CODES[name])


def _write(text: str) -> None:
    if is_main():  # no print: the signal may have interrupted one
        os.write(2, text.encode())
