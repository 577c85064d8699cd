"""Runs of other tools: several at a time, none repeated, all ended with the one that asked."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, TypeVar

from tqdm import tqdm

from plipdet.cli import EXIT_INTERRUPTED, EXIT_TERMINATED, write_json
from plipdet.errors import InputError, RunStoppedError

Job = TypeVar("Job", bound=Hashable)
Result = TypeVar("Result")
_STOPPED = (EXIT_INTERRUPTED, EXIT_TERMINATED, -2, -15)


class ToolRuns:
    """Runs tools as processes, among which the cores are shared.

    Args:
        tools: Folder of the tools.
        jobs: Processes at a time.

    Raises:
        InputError: If ``jobs`` is less than 1.
    """

    def __init__(self, tools: Path, *, jobs: int = 1) -> None:
        if jobs < 1:
            raise InputError(f"--jobs {jobs}; expected 1 or more")
        self.tools = tools
        self.jobs = jobs
        self._running: set[subprocess.Popen[str]] = set()
        self._stopping = False
        self._lock = threading.Lock()

    def run(self, name: str, *arguments: object, log: Path) -> str:
        """Run a tool with its output in ``log``; return its last line of output.

        Raises:
            InputError: If it fails; the message ends with what it said.
            RunStoppedError: If a signal stopped it, or all are being stopped.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        threads = max(1, (os.cpu_count() or 1) // self.jobs)
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        command = [sys.executable, str(self.tools / name), *map(str, arguments)]
        with self._start(command, environment) as process:
            out, problems = process.communicate()
            self._running.discard(process)
        log.write_text(out + problems, encoding="utf-8")
        if process.returncode in _STOPPED:
            raise RunStoppedError("", EXIT_TERMINATED)
        if process.returncode:
            said = problems.strip().splitlines()[-1:]
            raise InputError(f"{name} {arguments[0]} failed, see {log}: {' '.join(said)}")
        return (out.strip().splitlines() or [""])[-1]

    def each(self, jobs: Sequence[Job], one: Callable[[Job], Result]) -> dict[Job, Result]:
        """Return the result of each job under a progress bar; the first error ends them all.

        Args:
            jobs: What to do.
            one: Does one of them, in a thread.

        Raises:
            KeyboardInterrupt: At Ctrl-C, when the tools that were running have saved and ended.
        """
        with ThreadPoolExecutor(self.jobs) as pool:
            futures = {pool.submit(one, job): job for job in jobs}
            bar = tqdm(as_completed(futures), total=len(jobs), desc="runs", unit="run")
            try:
                found = {futures[future]: future.result() for future in bar}
            except BaseException:
                self._stop()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return {job: found[job] for job in jobs}

    def _start(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with self._lock:
            if self._stopping:
                raise RunStoppedError("", EXIT_TERMINATED)
            process = subprocess.Popen(command, text=True, env=environment, **pipes)
            self._running.add(process)
        return process

    def _stop(self) -> None:
        """End the tools that run; a training saves first."""
        with self._lock:
            self._stopping = True
            running = list(self._running)
        for process in running:
            process.terminate()


def kept_results(
    folder: Path, settings: Mapping[str, Any], make: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Return the results that a folder keeps, made if there are none.

    Args:
        folder: Of one run.
        settings: JSON data of all that could change its results.
        make: Makes the results, JSON data; it may go on with what it finds in the folder.

    Raises:
        InputError: If the folder is of other settings.
    """
    finished, begun = folder / "results.json", folder / "settings.json"
    if finished.is_file():
        known = json.loads(finished.read_text(encoding="utf-8"))
        _check_same(known["settings"], settings, finished)
        return known["results"]
    if begun.is_file():
        _check_same(json.loads(begun.read_text(encoding="utf-8")), settings, begun)
    else:
        write_json(settings, begun)
    results = make()
    write_json({"settings": settings, "results": results}, finished)
    return results


def check_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Check that what a folder keeps, if anything, is of these settings.

    Raises:
        InputError: If it is of others.
    """
    begun = folder / "settings.json"
    if begun.is_file():
        _check_same(json.loads(begun.read_text(encoding="utf-8")), settings, begun)


def _check_same(known: Any, settings: Mapping[str, Any], path: Path) -> None:
    if known != settings:
        differs = {k: known.get(k) for k in {*known, *settings} if known.get(k) != settings.get(k)}
        raise InputError(
            f"{path} is of other settings, {differs}; name another --work-dir, or remove the "
            f"folder {path.parent} to run this again"
        )


def over_seeds(values: Sequence[float]) -> dict[str, Any]:
    """Return mean, standard deviation of the sample (0 of a single value), and the values."""
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return {
        "mean": round(statistics.mean(values), 2),
        "std": round(spread, 2),
        "values": [round(v, 2) for v in values],
    }
