"""Write a one-page report of a run: its numbers, training curves and pictures.

The work folder holds report.json (as tools/quickstart.py writes it), PNG pictures named after what
they show (rank_lists_text.png, rank_lists_image.png, colorization.png, attribute_cards.png,
contact_sheet.png; others go last), and the training's logs, itself or in a folder below.

python tools/analysis/report.py work_dirs/quickstart
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from plipdet.cli import report, tool
from plipdet.errors import InputError


def main() -> None:
    """Write the report."""
    from plipdet.visualization import find_pictures, find_scalars, write_report

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("work_dir", type=Path, help="folder with report.json and pictures")
    parser.add_argument("--out", type=Path, help="HTML to write (WORK_DIR/report.html)")
    arguments = parser.parse_args()
    out = arguments.out or arguments.work_dir / "report.html"
    pictures = find_pictures(arguments.work_dir)
    scalars = find_scalars(arguments.work_dir)
    write_report(_read(arguments.work_dir / "report.json"), pictures, scalars, out)
    result = {
        "report": str(out),
        "megabytes": round(out.stat().st_size / 1e6, 2),
        "pictures": list(pictures),
        "scalars": None if scalars is None else str(scalars),
    }
    report(result, out.with_name(f"{out.stem}_written.json"))


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"there is no {path}; tools/quickstart.py writes it")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(f"{path} is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} holds a {type(content).__name__}, not an object of results")
    return content


if __name__ == "__main__":
    tool(main)()
