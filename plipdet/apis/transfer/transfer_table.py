"""The results of transfer as JSON data, and as a table to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plipdet.engine.protocol import versions
from plipdet.tool_runs import over_seeds

from .transfer_plan import TransferCell, TransferPlan
from .transfer_runs import TransferRuns
from .transfer_tasks import Column

DONE, FAILED, UNFIT, OPEN = "done", "failed", "not applicable", "not run"
_SELECTION = "none: the weights after the last step are tested"


def transfer_result(plan: TransferPlan, runs: TransferRuns, *, root: str) -> dict[str, Any]:
    """Return all that was found, with its protocol, as JSON data.

    Args:
        plan: What was to be run.
        runs: What was run.
        root: Folder of the data sets.

    Returns:
        ``rows``, ``columns``, ``cells`` by row's and column's name, ``protocol``, ``failed``, the
        number of cells that did.
    """
    cells: dict[str, dict[str, Any]] = {row.name: {} for row in plan.rows}
    test_data: dict[str, Any] = {}
    for (row, column), cell in plan.cells.items():
        found = runs.results(cell)
        cells[row.name][column.name] = _cell(cell, found)
        for result in found:
            if "protocol" in result:
                test_data.setdefault(column.name, result["protocol"]["data"])
    _mark_best(cells, plan.columns)
    return {
        "rows": [row.facts() for row in plan.rows],
        "columns": [
            {**_facts(plan, column), "test_data": test_data.get(column.name)}
            for column in plan.columns
        ],
        "cells": cells,
        "protocol": {
            "budget": plan.budget,
            "seeds": runs.seeds,
            "selection": _SELECTION,
            "mixed_precision": runs.amp,
            "data_root": root,
            "versions": versions(),
        },
        "failed": sum(cell["state"] == FAILED for of in cells.values() for cell in of.values()),
    }


def _facts(plan: TransferPlan, column: Column) -> dict[str, Any]:
    cells = [cell for (_, of), cell in plan.cells.items() if of is column and cell.cfg is not None]
    return {
        "name": column.name,
        "task": column.task,
        "data": column.data.name,
        "protocol": column.protocol,
        "config": column.recipe.config,
        "changes": dict(column.recipe.changes),
        "metrics": dict(column.metrics),
        "steps": cells[0].steps if cells else 0,
        "own_steps": cells[0].own_steps if cells else 0,
    }


def _cell(cell: TransferCell, found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if cell.cfg is None:
        return {"state": FAILED if cell.failed else UNFIT, "reason": cell.reason}
    failures = [result for result in found if "error" in result]
    if failures:
        errors = list(dict.fromkeys(result["error"] for result in failures))
        return {"state": FAILED, "reason": "; ".join(errors)}
    if not found:
        return {"state": OPEN, "reason": "interrupted before"}
    names = cell.column.metrics
    warnings = [w for result in found for w in result["protocol"].get("warnings", ())]
    return {
        "state": DONE,
        "metrics": {n: over_seeds([result["metrics"][n] for result in found]) for n in names},
        "seeds": [result["seed"] for result in found],
        "starts_from": list(cell.starts_from),
        "steps": cell.steps,
        "warnings": list(dict.fromkeys(warnings)),
        "minutes": round(sum(map(_minutes, found)) / len(found), 2),
        "best": [],
    }


def _minutes(result: Mapping[str, Any]) -> float:
    return result["minutes_of_training"] + result["minutes_of_test"]


def _mark_best(cells: Mapping[str, Mapping[str, Any]], columns: Sequence[Column]) -> None:
    """Note in each column's cells of which metrics they have the highest mean."""
    for column in columns:
        done = [row[column.name] for row in cells.values() if row[column.name]["state"] == DONE]
        for name in column.metrics:
            top = max((cell["metrics"][name]["mean"] for cell in done), default=None)
            for cell in done if len(done) > 1 else ():
                if cell["metrics"][name]["mean"] == top:
                    cell["best"].append(name)


def as_markdown(result: Mapping[str, Any]) -> str:
    """Return the table, the best of each column bold, with what it leaves out below it."""
    columns = result["columns"]
    head = [
        f"{c['task']}<br>{c['data']}<br>{c['protocol']}<br>{' / '.join(c['metrics'].values())}"
        for c in columns
    ]
    lines = ["| | " + " | ".join(head) + " |", "|---" * (len(columns) + 1) + "|"]
    notes: list[str] = []
    for row in result["rows"]:
        cells = result["cells"][row["name"]]
        texts = [_text(cells[c["name"]], f"{row['name']}, {c['name']}", notes) for c in columns]
        lines.append(f"| {row['name']} | " + " | ".join(texts) + " |")
    protocol = result["protocol"]
    lines += [
        "",
        f"Percent; mean and standard deviation over seeds {protocol['seeds']}; bold is the best of "
        f"a column. Budget: {protocol['budget']}. Selection: {protocol['selection']}.",
        *(f"\n{note}" for note in notes),
    ]
    return "\n".join(lines) + "\n"


def _text(cell: Mapping[str, Any], place: str, notes: list[str]) -> str:
    if cell["state"] == DONE:
        for warning in cell["warnings"]:
            notes.append(f"{place}: {warning}.")
        parts = (number(cell, name) for name in cell["metrics"])
        return " / ".join(parts) + ("†" if cell["warnings"] else "")
    notes.append(f"{place}: {cell['state']}, {cell['reason']}.")
    return {UNFIT: "–", FAILED: "failed", OPEN: "…"}[cell["state"]]


def number(cell: Mapping[str, Any], name: str) -> str:
    """Return a mean with its deviation, where there are several seeds, bold if it is the best."""
    found = cell["metrics"][name]
    text = f"{found['mean']:.1f}"
    text = f"**{text}**" if name in cell["best"] else text
    return f"{text} ± {found['std']:.1f}" if len(found["values"]) > 1 else text
