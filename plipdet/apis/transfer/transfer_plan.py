"""plan_transfer: for each row and column the config that measures it, or why there is none."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.config import Config
from tqdm import tqdm

from plipdet.engine.config import check_config
from plipdet.errors import InputError
from plipdet.registry import TASKS, build

from .scaled_schedule import own_steps, scale_schedule, steps_in_epoch
from .transfer_config import parts_to_take, put_encoders, put_inputs, recipe_config
from .transfer_rows import TransferRow
from .transfer_tasks import Column


@dataclass(slots=True, frozen=True, eq=False)
class TransferCell:
    """How one row is measured in one column.

    Args:
        row: The encoders.
        column: What is measured.
        cfg: The config, ``None`` where there is none.
        reason: Why there is none.
        failed: Whether that is a fault of data or recipe, and not how things are.
        starts_from: Starts of the names of the weights that are taken over.
        steps: Optimizer steps, 0 where nothing is trained.
        own_steps: Steps that the recipe takes by itself.
    """

    row: TransferRow
    column: Column
    cfg: Config | None
    reason: str = ""
    failed: bool = False
    starts_from: tuple[str, ...] = ()
    steps: int = 0
    own_steps: int = 0

    @property
    def trains(self) -> bool:
        """Whether something is trained before the test."""
        return self.cfg is not None and bool(self.cfg.get("train_cfg"))


@dataclass(slots=True, frozen=True)
class TransferPlan:
    """All cells of the table, row by row.

    Args:
        rows: The encoders.
        columns: What is measured.
        cells: By row and column.
        budget: In words.
    """

    rows: Sequence[TransferRow]
    columns: Sequence[Column]
    cells: Mapping[tuple[TransferRow, Column], TransferCell]
    budget: str


def plan_transfer(
    rows: Sequence[TransferRow],
    columns: Sequence[Column],
    root: str | Path,
    *,
    budget: str,
    steps: int | None = None,
) -> TransferPlan:
    """Return the plan; nothing is trained, but the training data are opened to count steps.

    Data that cannot be read, and recipes that are wrong, make failed cells of their column.

    Args:
        rows: From :func:`read_rows`.
        columns: From :func:`columns_of`.
        root: Folder of the data sets.
        budget: Name of the budget that the columns' recipes are of.
        steps: Optimizer steps of each training; ``None`` for the recipes' own.

    Raises:
        InputError: If ``steps`` is less than 1.
    """
    if steps is not None and steps < 1:
        raise InputError(f"--steps {steps}; expected 1 or more")
    cells = {}
    for column in tqdm(columns, desc="planning", delay=1.0, leave=False):
        try:
            recipe = recipe_config(column, root)
            per_epoch = steps_in_epoch(recipe) if recipe.get("train_cfg") else 0
        except InputError as error:
            broken = {(r, column): TransferCell(r, column, None, str(error), True) for r in rows}
            cells.update(broken)
            continue
        for row in rows:
            cells[row, column] = _cell(row, column, recipe, steps, per_epoch)
    words = f"{budget} recipes" + (f" of {steps} steps" if steps else " as they are")
    return TransferPlan(rows, columns, cells, words)


def _cell(
    row: TransferRow, column: Column, recipe: Config, steps: int | None, per_epoch: int
) -> TransferCell:
    cfg = copy.deepcopy(recipe)
    trains = bool(cfg.get("train_cfg"))
    own = taken = own_steps(cfg, per_epoch) if trains else 0
    try:
        put_encoders(cfg, row, column)
        put_inputs(cfg, row)
        if trains and steps is not None:
            taken = scale_schedule(cfg, steps, steps_per_epoch=per_epoch)
        check_config(cfg)
        with torch.device("meta"):
            task = build(cfg["model"], TASKS)
        starts_from = parts_to_take(cfg, row, task)
    except InputError as error:
        return TransferCell(row, column, None, reason=str(error))
    if trains:
        cfg["load_from_parts"] = list(starts_from) or None
    else:
        cfg["load_from_strict"] = False  # the file has parts that this task has no use for
    return TransferCell(row, column, cfg, starts_from=starts_from, steps=taken, own_steps=own)
