r"""Train and test several configs over several seeds; write mean and standard deviation of each.

Each config can be run in variants, which change settings of it. A run that has finished is not
repeated, so an interrupted ablation goes on where it stopped.

Examples:
    python tools/analysis/ablation.py configs/plip/ablations/mini_*.py --data-root data/minipedes
    python tools/analysis/ablation.py configs/text_reid/cmpm_c_mini.py --tests own \
        --variant pre-trained load_from=work_dirs/pretrain_mini/epoch_4.pth \
        --variant scratch load_from_parts=None
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, NamedTuple

from plipdet.cli import end_at_signals, report, tool
from plipdet.errors import InputError, near
from plipdet.tool_runs import ToolRuns, kept_results, over_seeds

TOOLS = Path(__file__).resolve().parents[1]
CONFIGS = TOOLS.parent / "configs" / "plip"
TESTS = [CONFIGS / "zero_shot_text_mini.py", CONFIGS / "zero_shot_image_mini.py"]


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("configs", nargs="+", type=Path, help="training configs, one row each")
    add(
        "--variant", nargs="+", action="append", default=[], metavar=("NAME", "KEY=VALUE"),
        help="run each config with these changes, one row more; may be given several times",
    )  # fmt: skip
    add(
        "--tests", nargs="+", default=TESTS,
        help="configs of tools/test.py, or 'own' for what each training config tests",
    )  # fmt: skip
    add("--metrics", nargs="+", default=["rank1", "mAP"], help="of the tests' results")
    add("--seeds", nargs="+", type=int, default=[0, 1, 2])
    add("--jobs", type=int, default=1, help="runs at a time; cores are shared among them")
    add("--data-root", type=Path, help="folder that holds the data sets of all configs")
    add("--work-dir", type=Path, default=Path("work_dirs/ablation"))
    add("--amp", action="store_true", help="mixed precision")
    add("--cfg-options", nargs="+", default=[], metavar="KEY=VALUE", help="changes of training")
    add("--test-options", nargs="+", default=[], metavar="KEY=VALUE", help="changes of testing")
    args = parser.parse_args()
    tests = [] if args.tests == ["own"] else [Path(path) for path in args.tests]
    for path in [*args.configs, *tests]:
        if not path.is_file():
            raise InputError(f"there is no config {path}")
    args.tests = tests
    args.variants = {name: changes for name, *changes in args.variant} or {"": []}
    if len(args.variants) < len(args.variant):
        raise InputError("two of --variant have the same name; each is a row of its own")
    return args


class Row(NamedTuple):
    """What is trained: a config in one of the variants."""

    config: Path
    variant: str

    @property
    def name(self) -> str:
        """The row's name in tables and folders."""
        return f"{self.config.stem}, {self.variant}" if self.variant else self.config.stem


def one_run(
    row: Row, seed: int, args: argparse.Namespace, runs: ToolRuns
) -> dict[str, dict[str, float]]:
    """Train one row with one seed and return its results by test.

    Raises:
        InputError: If a tool fails, or the folder has results of other settings.
    """
    folder = args.work_dir / row.name.replace(", ", "_") / f"seed_{seed}"
    changes = [*args.cfg_options, *args.variants[row.variant]]
    settings = {"training": [*changes, *(["--amp"] if args.amp else [])]}
    settings |= {"data_root": str(args.data_root), "testing": args.test_options}
    data = ["--data-root", args.data_root] if args.data_root else []
    training: list[object] = [*data, "--work-dir", folder, "--resume", "--seed", seed]
    training += ["--amp"] if args.amp else []
    training += ["--cfg-options", *changes] if changes else []
    options = ["--cfg-options", *args.test_options] if args.test_options else []

    def run() -> dict[str, dict[str, float]]:
        runs.run("train.py", row.config, *training, log=folder / "train.log")
        weights = (folder / "last_checkpoint").read_text(encoding="utf-8").strip()
        results = {}
        for test in args.tests or [row.config]:
            line = runs.run(
                "test.py", test, weights, *data, "--work-dir", folder / test.stem, *options,
                log=folder / f"test_{test.stem}.log",
            )  # fmt: skip
            name = test.stem if args.tests else "own test"
            results[name] = _chosen(json.loads(line), args.metrics, test)
        return results

    return kept_results(folder, settings, run)


def _chosen(result: dict[str, Any], metrics: list[str], test: Path) -> dict[str, float]:
    for name in metrics:
        if name not in result:
            numbers = [k for k, v in result.items() if isinstance(v, (int, float))]
            raise InputError(f"--metrics {name}: {test} measures {numbers}{near(name, numbers)}")
    return {name: result[name] for name in metrics}


def summarise(runs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return mean and standard deviation (of the sample) by config, test and metric."""
    rows: dict[str, Any] = {}
    for name, results in runs.items():
        rows[name] = {}
        for test, metrics in results[0].items():
            for metric in metrics:
                rows[name][f"{test}/{metric}"] = over_seeds([r[test][metric] for r in results])
    return rows


def as_markdown(rows: dict[str, Any]) -> str:
    """Return the table for the documentation."""
    columns = list(next(iter(rows.values())))
    lines = ["| config | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, row in rows.items():
        cells = [f"{row[c]['mean']:.1f} ± {row[c]['std']:.1f}" for c in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


@tool
def main() -> None:
    """Run all and write the summary."""
    args = parse_args()
    args.work_dir.mkdir(parents=True, exist_ok=True)
    rows_to_run = [Row(config, name) for config in args.configs for name in args.variants]
    jobs = [(row, seed) for seed in dict.fromkeys(args.seeds) for row in rows_to_run]
    runs = ToolRuns(TOOLS, jobs=args.jobs)
    found = runs.each(jobs, lambda job: one_run(*job, args, runs))
    rows = summarise({r.name: [found[r, seed] for seed in args.seeds] for r in rows_to_run})
    (args.work_dir / "ablation.md").write_text(as_markdown(rows), encoding="utf-8")
    print(as_markdown(rows))
    report({"seeds": args.seeds, "rows": rows}, args.work_dir / "ablation.json")


if __name__ == "__main__":
    end_at_signals()
    main()
