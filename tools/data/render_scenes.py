"""Render MiniPedes scenes: whole pictures with several people, in the layouts of person search.

Identities and scenes are split into train and test. docs/data/minipedes.md tells what is in the
pictures and in each layout. The same arguments give the same files for any number of workers. A set
appears whole or not at all. Beside the layouts lie minipedes_scenes.json (what the set is) and
minipedes_attributes.json ("names" of attributes and "identities", from identity to labels).

Example:
    python tools/data/render_scenes.py --out data/scenes --frames 1500 --identities 250
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # as when installed

from plipdet.cli import report, tool, write_json
from plipdet.errors import InputError
from plipdet.minipedes.exporters.attribute_file import write_attribute_file
from plipdet.minipedes.exporters.caption_statistics import caption_statistics
from plipdet.minipedes.exporters.render_scene_set import render_scene_set, scene_person
from plipdet.minipedes.exporters.scene_layouts import SCENE_LAYOUTS, chosen_scene_layouts
from plipdet.minipedes.exporters.scene_queries import query_of_each_camera, query_of_each_person
from plipdet.minipedes.exporters.scene_record import SceneRecord
from plipdet.minipedes.exporters.scene_set_plan import SceneSetPlan
from plipdet.minipedes.world import STREET, WORLDS
from plipdet.new_folder import new_folder

MARKER = "minipedes_scenes.json"


def parse_args() -> argparse.Namespace:
    """Return the checked command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder to make")
    add("--frames", type=int, default=600, help="scenes of both splits (%(default)s)")
    add("--identities", type=int, default=100, help="people of both splits (%(default)s)")
    add("--test-frames", type=int, help="scenes for test (a third of --frames)")
    add("--test-identities", type=int, help="people for test (their share of the scenes)")
    add("--size", default="640x360", metavar="WIDTHxHEIGHT", help="px (%(default)s)")
    add("--seed", type=int, default=0, help="another seed is another population (%(default)s)")
    add(
        "--world",
        default=STREET.name,
        help=f"{' or '.join(WORLDS)}: clothes, cameras (%(default)s)",
    )
    add("--quality", type=int, default=90, help="of the JPEG files, 1..100 (%(default)s)")
    add(
        "--layouts",
        nargs="+",
        default=[*SCENE_LAYOUTS],
        metavar="LAYOUT",
        help=f"some of {', '.join(SCENE_LAYOUTS)} (all)",
    )
    add("--workers", type=int, default=os.cpu_count() or 1, help="processes (%(default)s)")
    add("--overwrite", action="store_true", help="replace an earlier set of scenes in --out")
    args = parser.parse_args()
    args.layouts = chosen_scene_layouts(args.layouts)
    if args.workers < 1:
        raise InputError(f"--workers {args.workers}; expected 1 or more")
    return args


def plan_of(args: argparse.Namespace) -> SceneSetPlan:
    """Return what the command line asks for."""
    width, _, height = args.size.lower().partition("x")
    if not (height.isdigit() and width.isdigit()):
        raise InputError(f"--size {args.size!r}; expected WIDTHxHEIGHT in px, like 640x360")
    frames, people = args.frames, args.identities
    test_frames = frames // 3 if args.test_frames is None else args.test_frames
    share = people * test_frames // max(frames, 1)
    return SceneSetPlan(
        frames=frames,
        test_frames=test_frames,
        identities=people,
        test_ids=share if args.test_identities is None else args.test_identities,
        size=(int(height), int(width)),
        seed=args.seed,
        quality=args.quality,
        world=args.world,
    )


def counts(records: list[SceneRecord]) -> dict[str, Any]:
    """Return how much of what a set has."""
    figures = [figure for record in records for figure in record.people]
    known = [figure for figure in figures if figure.person_id is not None]
    return {
        "scenes": len(records),
        "empty_scenes": sum(not record.people for record in records),
        "people": len(figures),
        "unlabelled_people": len(figures) - len(known),
        "ignored_regions": sum(len(record.ignored) for record in records),
        "labelled_identities": len({figure.person_id for figure in known}),
        "queries": len(query_of_each_camera(records)),
        "queries_cuhk_sysu": len(query_of_each_person(records)),
        **caption_statistics(text for figure in known for text in figure.captions),
    }


def summary(
    args: argparse.Namespace, plan: SceneSetPlan, records: list[SceneRecord], seconds: float
) -> dict[str, Any]:
    """Return the facts of a finished set."""
    return {
        **counts(records),
        "seconds": round(seconds, 2),
        "scenes_per_second": round(len(records) / seconds, 2),
        "frames": plan.frames,
        "test_frames": plan.test_frames,
        "identities": plan.identities,
        "test_ids": plan.test_ids,
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
    plan = plan_of(args)
    start = time.perf_counter()
    with new_folder(args.out, overwrite=args.overwrite, marker=MARKER) as part:
        records = render_scene_set(plan, part / "images", workers=args.workers)
        seconds = time.perf_counter() - start
        for name in args.layouts:
            SCENE_LAYOUTS[name](records, part)
        shutil.rmtree(part / "images")  # the layouts hold links to, or copies of, the pictures
        people = (scene_person(plan, n) for n in range(1, plan.identities + 1))
        write_attribute_file(people, part)
        result = summary(args, plan, records, seconds)
        write_json(result, part / MARKER)
    report(result, args.out / MARKER)


if __name__ == "__main__":
    main()
