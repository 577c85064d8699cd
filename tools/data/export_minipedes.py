"""Write a rendered MiniPedes set in further layouts, without rendering it again.

The result is a set of its own, whose pictures are links to those of SET where the file system has
them. SET needs the layout of CUHK-PEDES, which holds all pictures, and is not changed.

Example:
    python tools/data/export_minipedes.py data/minipedes --out data/more --layouts all cuhk03
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # as when installed

from tqdm import tqdm

from plipdet.cli import report, tool, write_json
from plipdet.errors import InputError
from plipdet.minipedes.exporters.layouts import ALL, LAYOUTS, chosen_layouts
from plipdet.minipedes.exporters.read_set import MARKER, read_set
from plipdet.new_folder import new_folder

ATTRIBUTES = "minipedes_attributes.json"


def parse_args() -> argparse.Namespace:
    """Return the checked command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("set", metavar="SET", type=Path, help="folder of tools/data/render_minipedes.py")
    add("--out", type=Path, required=True, help="folder to make")
    add("--layouts", nargs="+", default=[ALL], help=f"{ALL}, or some of {', '.join(LAYOUTS)}")
    add("--overwrite", action="store_true", help="replace an earlier set in --out")
    args = parser.parse_args()
    args.layouts = chosen_layouts(args.layouts)
    if args.out.resolve() == args.set.resolve():
        raise InputError(f"--out {args.out} is the set itself; name another folder")
    return args


@tool
def main() -> None:
    """Run the tool."""
    args = parse_args()
    start = time.perf_counter()
    marker, records = read_set(args.set)
    has_phrases = any(record.prompt_captions for record in records)
    if "synth-pedes" in args.layouts and not has_phrases:
        raise InputError(
            f"{args.set} has no SYNTH-PEDES to take attribute phrases from; leave out the layout "
            "synth-pedes, or render the set with it"
        )
    with new_folder(args.out, overwrite=args.overwrite, marker=MARKER) as part:
        for name in tqdm(args.layouts, desc="writing", unit=" layouts"):
            LAYOUTS[name](records, part)
        shutil.copyfile(args.set / ATTRIBUTES, part / ATTRIBUTES)
        result: dict[str, Any] = {
            **marker,
            "layouts": args.layouts,
            "path": str(args.out),
            "export_seconds": round(time.perf_counter() - start, 2),
        }
        write_json(result, part / MARKER)
    report(result, args.out / MARKER)


if __name__ == "__main__":
    main()
