"""From nothing to a trained model and a page to look at, on two cores.

Renders MiniPedes, pre-trains configs/plip/pretrain_mini.py, evaluates it zero-shot on identities
it has never seen, beside chance and a colour histogram, draws pictures, and writes
WORK_DIR/report.json and WORK_DIR/report.html. A finished data set and a finished training are
kept; an interrupted training goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from plipdet.cli import leaving_signals_to, report, tool

TOOLS = Path(__file__).resolve().parent
CONFIGS = TOOLS.parent / "configs" / "plip"
TRAIN = CONFIGS / "pretrain_mini.py"
TEXT = CONFIGS / "zero_shot_text_mini.py"
IMAGE = CONFIGS / "zero_shot_image_mini.py"


class Steps:
    """Runs the project's tools one after the other and keeps each one's time and last line."""

    def __init__(self, work_dir: Path) -> None:
        self.work_dir = work_dir
        self.seconds: dict[str, float] = {}
        self.commands: list[str] = []

    def run(self, name: str, script: str, *arguments: object) -> dict[str, Any]:
        """Run a tool with its output shown; return its last line when that is a JSON object."""
        command = [sys.executable, str(TOOLS / script), *map(str, arguments)]
        shown = " ".join(_short(part) for part in ["python", *command[1:]])
        self.commands.append(shown)
        print(f"\n=== {name} ===\n$ {shown}", flush=True)
        start = time.perf_counter()
        last = ""
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            with leaving_signals_to(process):
                assert process.stdout is not None
                for line in process.stdout:
                    print(line, end="", flush=True)
                    last = line.strip() or last
                process.wait()
        if process.returncode:
            raise SystemExit(process.returncode)  # the tool has said why
        self.seconds[name] = round(time.perf_counter() - start, 1)
        return json.loads(last) if last.startswith("{") else {}


def _short(part: str) -> str:
    path = Path(part)
    inside = path.is_absolute() and path.is_relative_to(TOOLS.parent)
    return str(path.relative_to(TOOLS.parent)) if inside else part


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, default=Path("data/minipedes"), help="where MiniPedes is or goes")
    add("--work-dir", type=Path, default=Path("work_dirs/quickstart"))
    add("--ids", type=int, default=1000, help="identities of all splits (%(default)s)")
    add("--images-per-id", type=int, default=8, help="pictures of each (%(default)s)")
    add("--test-ids", type=int, default=120, help="unseen identities (%(default)s)")
    add("--cfg-options", nargs="+", default=[], metavar="KEY=VALUE", help="changes of training")
    return parser.parse_args()


def fast_bfloat16() -> bool:
    """Return whether mixed precision speeds training up here: a GPU, or a CPU with bfloat16."""
    import torch

    if torch.cuda.is_available():
        return True
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def render(steps: Steps, args: argparse.Namespace) -> None:
    """Render the data unless they are there."""
    if (args.data / "minipedes.json").is_file():
        print(f"using {args.data} as it is; delete the folder to render it again")
        return
    steps.run(
        "render", "data/render_minipedes.py", "--out", args.data, "--ids", args.ids,
        "--images-per-id", args.images_per_id, "--test-ids", args.test_ids, "--size", "128x64",
    )  # fmt: skip


def train(steps: Steps, args: argparse.Namespace) -> Path:
    """Train, or go on with an interrupted training; return the last checkpoint."""
    options: list[object] = ["--data-root", args.data, "--work-dir", steps.work_dir, "--resume"]
    if fast_bfloat16():
        options.append("--amp")
    if args.cfg_options:
        options += ["--cfg-options", *args.cfg_options]
    steps.run("train", "train.py", TRAIN, *options)
    return Path((steps.work_dir / "last_checkpoint").read_text(encoding="utf-8").strip())


def evaluate(steps: Steps, data: Path, weights: Path | None) -> dict[str, Any]:
    """Return zero-shot results by sentence and by picture; ``None`` tests untrained weights."""
    which = "untrained" if weights is None else "trained"
    results = {}
    for name, config in (("text_to_image", TEXT), ("image_to_image", IMAGE)):
        results[name] = steps.run(
            f"evaluate {name}, {which}",
            "test.py",
            config,
            "--untrained" if weights is None else weights,
            "--data-root",
            data,
            "--work-dir",
            steps.work_dir / "evaluation" / f"{name}_{which}",
        )
    return results


def draw(steps: Steps, data: Path, weights: Path) -> dict[str, Path]:
    """Draw what the model does and what the data are; return the pictures by caption."""
    out = steps.work_dir / "pictures"
    common: list[object] = ["--data-root", data, "--out"]
    sheet = out / "contact_sheet.png"
    steps.run("contact sheet", "analysis/contact_sheet.py", "CuhkPedes", data, "--out", sheet)
    drawings = {
        "Ranked lists for sentences": ("rank_lists.py", TEXT, "rank_lists_text.png"),
        "Ranked lists for pictures": ("rank_lists.py", IMAGE, "rank_lists_image.png"),
        "Recoloured by one word": ("colorization.py", TEXT, "colorization.png"),
        "Attribute phrases completed": ("attribute_cards.py", TEXT, "attribute_cards.png"),
    }
    pictures = {"The data: captions and tagged phrases": sheet}
    for title, (script, config, name) in drawings.items():
        steps.run(title, f"analysis/{script}", config, weights, *common, out / name)
        pictures[title] = out / name
    return pictures


@tool
def main() -> None:
    """Run all steps."""
    from plipdet.visualization import find_scalars, write_report

    args = parse_args()
    args.work_dir.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # the workers fork
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads starve shared cores
    start = time.perf_counter()
    steps = Steps(args.work_dir)
    render(steps, args)
    weights = train(steps, args)
    trained = evaluate(steps, args.data, weights)
    untrained = evaluate(steps, args.data, None)
    histogram = steps.run(
        "colour histogram", "analysis/histogram_baseline.py", args.data,
        "--out", args.work_dir / "evaluation" / "histogram_baseline.json",
    )  # fmt: skip
    pictures = draw(steps, args.data, weights)
    result = {
        **trained,
        "histogram_baseline": histogram,
        "untrained": untrained,
        "weights": str(weights),
        "report": str(args.work_dir / "report.html"),
        "minutes": round((time.perf_counter() - start) / 60, 2),
        "steps": steps.seconds,
    }
    page = args.work_dir / "report.html"
    write_report(
        {**result, "commands": steps.commands}, pictures, find_scalars(args.work_dir), page
    )
    print(f"\nopen {page} in a browser\n")
    report(result, args.work_dir / "report.json")


if __name__ == "__main__":
    main()
