"""TransferRuns: train and test every cell of a plan, over seeds."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plipdet.engine.config import config_hash
from plipdet.errors import InputError
from plipdet.tool_runs import ToolRuns, check_settings, kept_results

from .transfer_config import write_config
from .transfer_plan import TransferCell, TransferPlan


@dataclass(slots=True, frozen=True)
class SeededCell:
    """A cell with a seed: one training and test."""

    cell: TransferCell
    seed: int


class TransferRuns:
    """The runs of a plan; those that have finished in the folder are not repeated.

    Args:
        plan: What to run.
        tools: Runs the tools.
        work_dir: Folder of all runs.
        seeds: Of each training, and of encoders that nothing has been taken over for. A file's
            weights are tested once.
        amp: Whether to train in mixed precision.
        keep_weights: Whether what was trained is kept after its test.

    Raises:
        InputError: If the folder holds runs of other settings.
    """

    def __init__(
        self,
        plan: TransferPlan,
        tools: ToolRuns,
        *,
        work_dir: Path,
        seeds: Sequence[int],
        amp: bool = False,
        keep_weights: bool = False,
    ) -> None:
        self.plan = plan
        self.tools = tools
        self.work_dir = work_dir
        self.seeds = list(dict.fromkeys(seeds))
        self.amp = amp
        self.keep_weights = keep_weights
        self.found: dict[SeededCell, dict[str, Any]] = {}
        self.jobs = [
            SeededCell(cell, seed)
            for seed in self.seeds
            for cell in plan.cells.values()
            if seed in self.seeds_of(cell)
        ]
        for job in self.jobs:
            check_settings(self._folder(job), self._settings(job))

    def seeds_of(self, cell: TransferCell) -> list[int]:
        """Return the seeds that a cell is run with; none where it cannot be."""
        if cell.cfg is None:
            return []
        return self.seeds if cell.trains or cell.row.checkpoint is None else self.seeds[:1]

    def run(self) -> None:
        """Run what has not finished; of a run that fails, the reason is noted.

        Raises:
            KeyboardInterrupt: At Ctrl-C; what has finished is kept.
        """
        self.tools.each(self.jobs, self._one)

    def results(self, cell: TransferCell) -> list[dict[str, Any]]:
        """Return the results of a cell's runs so far, in the order of the seeds."""
        jobs = (SeededCell(cell, seed) for seed in self.seeds_of(cell))
        return [self.found[job] for job in jobs if job in self.found]

    def _one(self, job: SeededCell) -> None:
        folder = self._folder(job)
        try:
            self.found[job] = kept_results(folder, self._settings(job), lambda: self._make(job))
        except InputError as error:
            self.found[job] = {"error": str(error), "seed": job.seed}

    def _make(self, job: SeededCell) -> dict[str, Any]:
        """Train and test, and return the metrics with their protocol."""
        cell, folder = job.cell, self._folder(job)
        assert cell.cfg is not None, "cells without a config are not run"
        config, run = folder / "config.json", folder / "run"
        write_config(cell.cfg, config)
        checkpoint = cell.row.checkpoint
        shared: list[object] = ["--work-dir", run, "--seed", job.seed]
        start = time.monotonic()
        if cell.trains:
            takes = ["--load-from", checkpoint] if cell.starts_from else ["--from-scratch"]
            options = [*shared, *takes, "--resume", *(["--amp"] if self.amp else [])]
            self.tools.run("train.py", config, *options, log=folder / "train.log")
            checkpoint = Path((run / "last_checkpoint").read_text(encoding="utf-8").strip())
        trained = time.monotonic()
        weights = ["--untrained"] if checkpoint is None else [checkpoint]
        line = self.tools.run("test.py", config, *weights, *shared, log=folder / "test.log")
        result = json.loads(line)
        if cell.trains and not self.keep_weights:
            for path in run.glob("*.pth"):
                path.unlink()
        return {
            "seed": job.seed,
            "metrics": {name: result[name] for name in cell.column.metrics},
            "protocol": result["protocol"],
            "minutes_of_training": round((trained - start) / 60, 2),
            "minutes_of_test": round((time.monotonic() - trained) / 60, 2),
        }

    def _folder(self, job: SeededCell) -> Path:
        column = re.sub(r"[^\w.-]+", "_", job.cell.column.name)
        return self.work_dir / job.cell.row.folder / column / f"seed_{job.seed}"

    def _settings(self, job: SeededCell) -> dict[str, Any]:
        cell = job.cell
        assert cell.cfg is not None, "cells without a config are not run"
        return {
            "config_hash": config_hash(cell.cfg),
            "data": cell.column.fingerprint,
            "checkpoint": cell.row.sha256,
            "amp": self.amp and cell.trains,
        }
