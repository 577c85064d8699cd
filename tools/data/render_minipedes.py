"""Render MiniPedes, a synthetic set of dressed people, in the layouts of public data sets.

Identities are split into train, val and test, which no layout mixes; docs/data/minipedes.md tells
what each layout holds. The layouts called "all" are those whose pictures are links and take no
room. The same arguments give the same files for any number of workers. A set appears whole or not
at all. Beside the layouts lie minipedes.json (what the set is) and minipedes_attributes.json:
"names" of attributes and "identities", from identity to labels (1 yes, 0 no, -1 unknown).

tools/data/export_minipedes.py writes further layouts of a set without rendering it again.

Example:
    python tools/data/render_minipedes.py --out data/minipedes --ids 1000 --images-per-id 8
"""

from __future__ import annotations

import argparse
import os
import shutil
import time
from pathlib import Path
from typing import Any

from plipdet.cli import report, tool, write_json
from plipdet.errors import InputError
from plipdet.minipedes.exporters.attribute_file import write_attribute_file
from plipdet.minipedes.exporters.caption_statistics import caption_statistics
from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.layouts import ALL, LAYOUTS, chosen_layouts
from plipdet.minipedes.exporters.read_set import MARKER
from plipdet.minipedes.exporters.render_set import SetPlan, render_set
from plipdet.minipedes.sample_person import sample_person
from plipdet.minipedes.world import STREET, WORLDS, find_world
from plipdet.new_folder import new_folder


def parse_args() -> argparse.Namespace:
    """Return the checked command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder to make")
    add("--ids", type=int, default=200, help="identities of all splits (%(default)s)")
    add("--images-per-id", type=int, default=8, help="pictures of each (%(default)s)")
    add("--test-ids", type=int, help="identities for test; half as many for val (a fifth of --ids)")
    add("--size", default="256x128", metavar="HxW", help="px (%(default)s)")
    add("--seed", type=int, default=0, help="another seed is another population (%(default)s)")
    add(
        "--world",
        default=STREET.name,
        help=f"{' or '.join(WORLDS)}: clothes, cameras (%(default)s)",
    )
    add("--quality", type=int, default=92, help="of the JPEG files, 1..100 (%(default)s)")
    add("--layouts", nargs="+", default=[ALL], help=f"{ALL}, or some of {', '.join(LAYOUTS)}")
    add("--workers", type=int, default=os.cpu_count() or 1, help="processes (%(default)s)")
    add("--overwrite", action="store_true", help="replace an earlier set in --out")
    args = parser.parse_args()
    args.layouts = chosen_layouts(args.layouts)
    if args.workers < 1:
        raise InputError(f"--workers {args.workers}; expected 1 or more")
    return args


def plan_of(args: argparse.Namespace) -> SetPlan:
    """Return what the command line asks for."""
    height, _, width = args.size.lower().partition("x")
    if not (height.isdigit() and width.isdigit()):
        raise InputError(f"--size {args.size!r}; expected HEIGHTxWIDTH in px, like 256x128")
    test_ids = max(1, args.ids // 5) if args.test_ids is None else args.test_ids
    if test_ids < 1:
        raise InputError(f"--test-ids {test_ids}; expected 1 or more")
    return SetPlan(
        identities=args.ids,
        images_per_id=args.images_per_id,
        val_ids=max(1, test_ids // 2),
        test_ids=test_ids,
        size=(int(height), int(width)),
        seed=args.seed,
        quality=args.quality,
        world=args.world,
    )


def summary(
    args: argparse.Namespace, plan: SetPlan, records: list[CropRecord], folder: Path, seconds: float
) -> dict[str, Any]:
    """Return the facts of a finished set."""
    stats = [path.stat() for path in folder.rglob("*") if path.is_file()]
    files = {stat.st_ino: stat.st_size for stat in stats}  # a picture in many layouts counts once
    return {
        "crops": len(records),
        "crops_per_second": round(len(records) / seconds, 2),
        "seconds": round(seconds, 2),
        "bytes": sum(files.values()),
        **caption_statistics(text for record in records for text in record.captions),
        "identities": plan.identities,
        "val_ids": plan.val_ids,
        "test_ids": plan.test_ids,
        "images_per_id": plan.images_per_id,
        "size": list(plan.size),
        "seed": plan.seed,
        "quality": plan.quality,
        "world": plan.world,
        "layouts": args.layouts,
        "workers": args.workers,
        "path": str(args.out),
    }


@tool
def main() -> None:
    """Run the tool."""
    args = parse_args()
    plan, world = plan_of(args), find_world(args.world)
    start = time.perf_counter()
    with new_folder(args.out, overwrite=args.overwrite, marker=MARKER) as part:
        records = render_set(plan, part / "images", workers=args.workers)
        for name in args.layouts:
            LAYOUTS[name](records, part)
        shutil.rmtree(part / "images")  # the layouts hold links to, or copies of, the pictures
        people = (sample_person(plan.seed, n, world) for n in range(1, plan.identities + 1))
        write_attribute_file(people, part)
        result = summary(args, plan, records, part, time.perf_counter() - start)
        write_json(result, part / MARKER)
    report(result, args.out / MARKER)


if __name__ == "__main__":
    main()
