"""ProgressBarHook: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any, TextIO

from mmengine.hooks import Hook
from mmengine.runner import Runner
from tqdm import tqdm

from plipdet.distributed import is_main
from plipdet.registry import HOOKS

_SECONDS_BETWEEN_LINES = 30.0


@HOOKS.register_module()
class ProgressBarHook(Hook):
    """Show how far training, validation or testing is, on rank 0, on stderr.

    On a terminal it is a tqdm bar per epoch, above which the log's lines scroll. Elsewhere, as in
    a log file, it prints at most one line every 30 s.
    """

    priority = "VERY_LOW"

    def __init__(self) -> None:
        self._bar: tqdm | None = None
        self._last_line = time.monotonic()

    def before_run(self, runner: Runner) -> None:
        """Let the log write above the bar."""
        if not (is_main() and sys.stderr.isatty()):
            return
        for handler in runner.logger.handlers:
            is_file = isinstance(handler, logging.FileHandler)
            if isinstance(handler, logging.StreamHandler) and not is_file:
                handler.setStream(_AboveBar(handler.stream))

    def _before_epoch(self, runner: Runner, mode: str = "train") -> None:
        if not is_main():
            return
        label = f"epoch {runner.epoch + 1}/{runner.max_epochs}" if mode == "train" else mode
        total = len(getattr(runner, f"{mode}_dataloader"))
        terminal = sys.stderr.isatty()
        self._bar = tqdm(
            total=total, desc=label, leave=False, file=sys.stderr if terminal else _Nowhere()
        )

    def _after_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Any = None,
        mode: str = "train",
    ) -> None:
        if self._bar is None:
            return
        self._bar.update()
        if not sys.stderr.isatty() and time.monotonic() - self._last_line > _SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            print(str(self._bar), file=sys.stderr, flush=True)

    def _after_epoch(self, runner: Runner, mode: str = "train") -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class _AboveBar:
    """A stream whose writes appear above the bar and not through it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with tqdm.external_write_mode(file=self._stream):
            self._stream.write(text)

    def flush(self) -> None:
        self._stream.flush()


class _Nowhere:
    """Keeps tqdm counting, and its rate and remaining time, without writing."""

    def write(self, text: str) -> None:
        pass

    def flush(self) -> None:
        pass
