"""KilledRun: one training, started, watched and killed from outside as often as one likes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plipdet.engine.checkpoint import POINTER, check_resumable, find_latest, read_checkpoint
from plipdet.errors import InputError

TRAIN = Path(__file__).resolve().parents[1] / "train.py"
TRIES = 3
"""How many checkpoints may be written until a kill hits one."""
_LOOK_EVERY = 0.002  # s
_PATIENCE = 300.0  # s without a new checkpoint


class KilledRun:
    """A training that writes a checkpoint after each step, by iterations.

    Args:
        config: File of its config.
        work_dir: Its work folder.
    """

    def __init__(self, config: Path, work_dir: Path) -> None:
        self.config, self.work_dir = config, work_dir
        self.log = work_dir.with_name(f"{work_dir.name}.log")
        self.reported = 0
        """Iteration of the newest checkpoint that the run has ever pointed to."""
        self.step_seconds = self.write_seconds = 0.1
        self._process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def life(self) -> Iterator[None]:
        """Start the training, which goes on with what there is; it ends with the block."""
        command = [sys.executable, TRAIN, self.config, "--work-dir", self.work_dir, "--resume"]
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(
                [*map(str, command)], stdout=log, stderr=log, start_new_session=True
            )
        try:
            yield
        finally:
            self.kill()

    def kill(self) -> None:
        """Kill the training and its loader's workers, and wait until it is gone."""
        assert self._process is not None
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def watch(self, step: int) -> bool:
        """Wait for the checkpoint of a step; return False if the training ends before.

        Raises:
            InputError: If it fails, or writes no checkpoint for minutes.
        """
        began = seen = self.reported
        since, writing = time.monotonic(), 0.0
        while self.reported < step:
            time.sleep(_LOOK_EVERY if self.reported > began else 10 * _LOOK_EVERY)
            now = time.monotonic()
            if any(part.name.startswith(".iter_") for part in self.parts()):
                writing = writing or now
            elif writing:
                self.write_seconds, writing = now - writing, 0.0
            self.look()
            if self.reported > seen:
                self.step_seconds = (now - since) / (self.reported - seen)
                seen, since = self.reported, now
            elif self._has_ended():
                return self.look() >= step
            elif now - since > _PATIENCE:
                raise InputError(f"no checkpoint for {_PATIENCE:.0f} s; see {self.log}")
        return True

    def wait_for_end(self) -> None:
        """Wait until the training has ended by itself."""
        while not self._has_ended():
            time.sleep(_LOOK_EVERY)

    def catch_writing(self, moment: float) -> bool:
        """Freeze the training while it writes a file; return whether that was possible.

        Args:
            moment: When within the time that a checkpoint takes, from 0 to 1.
        """
        assert self._process is not None
        for attempt in range(TRIES):
            while not self.is_writing() and not self._has_ended():
                time.sleep(_LOOK_EVERY)
            time.sleep(moment * self.write_seconds / 2**attempt)
            if self._has_ended():
                return False
            os.killpg(self._process.pid, signal.SIGSTOP)
            self.look()
            if self.is_writing():
                return True
            os.killpg(self._process.pid, signal.SIGCONT)
        return False

    def look(self) -> int:
        """Read what the pointer says now into :attr:`reported`; return that."""
        try:
            named = (self.work_dir / POINTER).read_text(encoding="utf-8")
        except FileNotFoundError:
            return self.reported
        self.reported = max(self.reported, _number(named))
        return self.reported

    def is_writing(self) -> bool:
        """Return whether there is a half-written file."""
        return bool(self.parts())

    def parts(self, *, of_others: bool = False) -> list[Path]:
        """Return the half-written checkpoints and pointers; or only those of former lives."""
        assert self._process is not None
        try:
            names = [name for name in os.listdir(self.work_dir) if name.endswith(".part")]
        except FileNotFoundError:  # before the run has made its folder
            return []
        own = f".{self._process.pid}.part"
        return [self.work_dir / n for n in names if not (of_others and n.endswith(own))]

    def resumed_from(self) -> int:
        """Return the iteration that this life says it went on from, 0 if it began anew."""
        found = re.search(r" resumed (\S+)", self.log.read_text(errors="replace"))
        return _number(found[1]) if found else 0

    def inspect(self) -> tuple[int, list[str]]:
        """Return the newest iteration that can be gone on from, and what is wrong with files."""
        whole, faults = {0}, []
        for path in self.work_dir.glob("*.pth"):
            try:
                content = read_checkpoint(path)
                check_resumable(content, path)
                if content["meta"]["iter"] != _number(path.name):
                    raise InputError(f"{path} is of iteration {content['meta']['iter']}")
                whole.add(_number(path.name))
            except InputError as error:
                faults.append(str(error))
        named = find_latest(self.work_dir)
        if named is not None and (not named.is_file() or _number(named.name) not in whole):
            faults.append(f"the pointer names {named}, which is not a whole checkpoint")
        return max(whole), faults

    def _has_ended(self) -> bool:
        assert self._process is not None
        code = self._process.poll()
        if code:
            lines = self.log.read_text(errors="replace").strip().splitlines() or [""]
            raise InputError(f"the training ended with {code}: {lines[-1]} (see {self.log})")
        return code is not None


def _number(name: str) -> int:
    found = re.search(r"iter_(\d+)\.pth", name)
    return int(found[1]) if found else 0
