r"""Transfer pre-trained encoders to every task that a folder has data for; write one table.

A row is [NAME=]CHECKPOINT[:CONFIG], with the config for files of weights alone; "none" is the model
of the first checkpoint without pre-training. Each row is tested as it is, probed and fine-tuned,
with the same configs, steps and seeds. A run that has finished is not repeated, so the same command
goes on where it stopped.

Examples:
    python tools/transfer.py work_dirs/pretrain_mini/epoch_4.pth --data data/minipedes --list
    python tools/transfer.py PLIP=plip.pth VAL-PAT=val_pat.pth none --data data/minipedes \
        --steps 400 --seeds 0 1 2 --jobs 2
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # configs may import projects.*

from plipdet.cli import EXIT_INTERRUPTED, end_at_signals, report, tool
from plipdet.errors import RunStoppedError

if TYPE_CHECKING:
    from plipdet.apis.transfer import TransferPlan, TransferRuns

EXIT_FAILED = 1


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    from plipdet.apis.transfer import FULL, MINI, PROTOCOLS, TASKS

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("rows", nargs="+", metavar="[NAME=]CHECKPOINT[:CONFIG]", help='or "none": a row each')
    add("--data", type=Path, required=True, metavar="ROOT", help="folder of the data sets")
    add("--tasks", nargs="+", choices=list(TASKS), default=list(TASKS))
    sets = list(dict.fromkeys(data.name for task in TASKS.values() for data in task.data))
    add("--sets", nargs="+", choices=sets, default=sets, metavar="NAME", help=", ".join(sets))
    add("--protocols", nargs="+", choices=PROTOCOLS, default=list(PROTOCOLS))
    add(
        "--budget", choices=(MINI, FULL),
        help="configs for two cores, or the papers'; by default by the height of the pictures",
    )  # fmt: skip
    add("--steps", type=int, help="optimizer steps of each training, in place of the configs' own")
    add(
        "--recipe", nargs="+", default=[], metavar="TASK/PROTOCOL=CONFIG",
        help="another config for all data sets of a task",
    )  # fmt: skip
    add("--seeds", nargs="+", type=int, default=[0, 1, 2])
    add("--jobs", type=int, default=1, help="runs at a time; cores are shared among them")
    add("--amp", action="store_true", help="train in mixed precision")
    add("--work-dir", type=Path, default=Path("work_dirs/transfer"), help="of runs and table")
    add("--keep-weights", action="store_true", help="keep what was trained after its test")
    add("--list", action="store_true", help="say what would be run, and run nothing")
    return parser.parse_args()


def transfer() -> None:
    """Plan, run, and write the table."""
    from plipdet.apis.transfer import (
        TransferRuns,
        absent_data,
        columns_of,
        find_data,
        plan_transfer,
        read_recipes,
        read_rows,
    )
    from plipdet.tool_runs import ToolRuns

    arguments = parse_arguments()
    found = find_data(arguments.data, arguments.tasks, sets=arguments.sets)
    recipes = read_recipes(arguments.recipe)
    rows = read_rows(arguments.rows)
    budget = arguments.budget or budget_of(rows)
    columns = columns_of(found, budget=budget, protocols=arguments.protocols, recipes=recipes)
    plan = plan_transfer(rows, columns, arguments.data, budget=budget, steps=arguments.steps)
    runs = TransferRuns(
        plan,
        ToolRuns(Path(__file__).resolve().parent, jobs=arguments.jobs),
        work_dir=arguments.work_dir,
        seeds=arguments.seeds,
        amp=arguments.amp,
        keep_weights=arguments.keep_weights,
    )
    absent = absent_data(found, arguments.tasks, sets=arguments.sets)
    tell_plan(plan, runs, absent)
    if arguments.list:
        return
    try:
        runs.run()
    except KeyboardInterrupt as error:
        write(plan, runs, arguments)
        raise RunStoppedError(
            f"after {len(runs.found)} of {len(runs.jobs)} runs; the same command goes on",
            getattr(error, "exit_code", EXIT_INTERRUPTED),
        ) from error
    result = write(plan, runs, arguments)
    report(result, arguments.work_dir / "transfer.json")
    if result["failed"]:
        raise SystemExit(EXIT_FAILED)


def budget_of(rows: list[Any]) -> str:
    """Return the budget that fits the rows' pictures: full for those of the papers' height."""
    from plipdet.apis.transfer import FULL, MINI

    return FULL if max(row.size[0] for row in rows) >= 256 else MINI


def tell_plan(plan: TransferPlan, runs: TransferRuns, absent: list[str]) -> None:
    """Print what was not found and what will be run."""
    if absent:
        print(f"not there: {', '.join(absent)}")
    for row in plan.rows:
        facts = row.facts()
        size = "x".join(map(str, row.size))
        print(f"{row.name}: {facts['backbone']}, {size}, {row.checkpoint or 'no weights'}")
    print(f"{plan.budget}; {len(runs.jobs)} runs:")
    for column in plan.columns:
        cells = [plan.cells[row, column] for row in plan.rows]
        steps = max(cell.steps for cell in cells)
        own = max(cell.own_steps for cell in cells)
        what = f"{steps} steps (by itself {own})" if own else "tested only"
        print(f"  {column.name}: {column.recipe.config}, {what}")
        for cell in cells:
            if cell.cfg is None:
                print(f"    not {cell.row.name}: {cell.reason}")


def write(plan: TransferPlan, runs: TransferRuns, arguments: argparse.Namespace) -> dict[str, Any]:
    """Write the table to read, as far as it is there, and return the results."""
    from plipdet.apis.transfer import as_markdown, transfer_result
    from plipdet.visualization import save_html, transfer_html
    from plipdet.whole_file import whole_file

    result = transfer_result(plan, runs, root=str(arguments.data))
    folder = arguments.work_dir
    files = {kind: str(folder / f"transfer.{kind}") for kind in ("json", "md", "html")}
    result["written_to"] = files
    with whole_file(files["md"]) as file:
        file.write(as_markdown(result).encode())
    save_html(transfer_html(result), files["html"])
    print(as_markdown(result))
    return result


if __name__ == "__main__":
    end_at_signals()
    tool(transfer)()
