"""What every command-line tool shares: exit codes and the JSON line at the end."""

from __future__ import annotations

import functools
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TypeVar

from plipdet.errors import InputError, RunStoppedError
from plipdet.whole_file import whole_file

T = TypeVar("T")
EXIT_INPUT = 2
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143
_TERMINATIONS = (signal.SIGTERM, signal.SIGUSR1)


def tool(main: Callable[[], T]) -> Callable[[], T]:
    """Wrap a tool's ``main``: wrong input exits with 2 and one message, Ctrl-C with 130.

    A run that a signal stopped exits with that one's code and its own message.
    """

    @functools.wraps(main)
    def run() -> T:
        logging.raiseExceptions = False  # a log that cannot be written is no screen of tracebacks
        try:
            return main()
        except InputError as error:
            _fail(f"error: {_own_words(str(error))}", EXIT_INPUT)
        except OSError as error:
            if error.filename is None and error.errno is None:
                raise
            _fail(f"error: {error.strerror}: {error.filename or 'writing'}", EXIT_INPUT)
        except KeyboardInterrupt as error:
            ignore_signals()
            first = os.environ.get("RANK", "0") == "0"  # all ranks are interrupted at once
            code = error.exit_code if isinstance(error, RunStoppedError) else EXIT_INTERRUPTED
            message = str(error) if code == EXIT_TERMINATED else f"interrupted {error}".strip()
            _fail(message if first else "", code)

    return run


def end_at_signals() -> None:
    """Let SIGTERM and SIGUSR1 end this process with 143, until somebody saves at them instead.

    One of several ranks says nothing of it, as the launcher also ends those that another failed.
    """

    def end(number: int, frame: FrameType | None) -> None:
        alone = os.environ.get("WORLD_SIZE", "1") == "1"
        told = f"{signal.Signals(number).name}: ended before there was anything to save"
        raise RunStoppedError(told if alone else "", EXIT_TERMINATED)

    for number in _TERMINATIONS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, end)


def ignore_signals() -> None:
    """Let a process that is about to end do so in peace: several may tell it to, in turn.

    Only after :func:`end_at_signals`; elsewhere a process may outlive its tool.
    """
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        for number in (*_TERMINATIONS, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def leaving_signals_to(process: subprocess.Popen[Any]) -> Iterator[None]:
    """Let a tool that this one has started answer the signals, as it knows what there is to save.

    A terminal's Ctrl-C reaches it anyway; SIGTERM and SIGUSR1 are passed on.
    """
    former = {n: signal.getsignal(n) for n in (*_TERMINATIONS, signal.SIGINT)}
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in _TERMINATIONS:
        signal.signal(number, lambda number, frame: process.send_signal(number))
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _fail(message: str, code: int) -> NoReturn:
    sys.stdout.flush()
    if message:
        print(message, file=sys.stderr, flush=True)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # for an end that hangs
    raise SystemExit(code)


def _own_words(message: str) -> str:
    """Cut the worker's traceback that a DataLoader wraps around an exception's message."""
    return message.rsplit("InputError: ", 1)[-1].strip() if "Traceback" in message else message


def check_output(path: str | Path, *endings: str) -> Path:
    """Return the path of a file to write, which is tried before the long work begins.

    Args:
        path: As given with ``--out``; its folder is made.
        endings: What the name may end in, in lower case, like ".png".

    Raises:
        InputError: If the name ends otherwise or is a folder's, or nothing can be written there.
    """
    path = Path(path)
    if path.suffix.lower() not in endings:
        raise InputError(f"--out {path}: name a file that ends in {' or '.join(endings)}")
    if path.is_dir():
        raise InputError(f"--out {path} is a folder; name a file in it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        reason = f"{error.strerror}: {error.filename or path.parent}"
        raise InputError(f"--out {path} cannot be written ({reason})") from error
    return path


def write_json(result: Mapping[str, Any], path: str | Path) -> None:
    """Write ``result`` to ``path`` as JSON, whole or not at all."""
    text = json.dumps(result, indent=2) + "\n"
    with whole_file(path) as file:
        file.write(text.encode())


def report(result: Mapping[str, Any], path: str | Path) -> None:
    """Write ``result`` to ``path`` and print it as the last line, one JSON object.

    It is printed also when it cannot be written, so that it is not lost.
    """
    try:
        write_json(result, path)
    finally:
        sys.stderr.flush()
        print(json.dumps(result), flush=True)
