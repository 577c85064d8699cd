"""Check a data set before training: files, annotation, captions, identities, pictures.

SOURCE is a reader (SynthPedes or synth_pedes, CuhkPedes, Market1501), ROOT the data set's own
folder or the folder that holds it. The codes are listed in docs/data/doctor.md.

Exit code: 0 without errors, 1 with errors (with --strict also with warnings), 2 for wrong usage.

Example:
    python tools/doctor.py SynthPedes data --images 20000
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as when installed

from plipdet.cli import tool, write_json
from plipdet.errors import InputError, near

if TYPE_CHECKING:  # imported where they are used: it takes seconds, which Ctrl-C shall end in peace
    from plipdet.datasets.doctor import Finding

CHECK_FAILED = 1


def parse_args() -> argparse.Namespace:
    """Return the checked command line."""
    from plipdet.datasets.doctor import ALL, FINDING_KINDS, NONE, Severity

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("source", metavar="SOURCE", help="reader: class name or short name")
    add("root", metavar="ROOT", help="the data set's folder, or the folder that holds it")
    add("--packed", type=Path, help="LMDB or shards of tools/data/pack.py with the pictures")
    add("--out", type=Path, default=Path("doctor.json"), help="full report (%(default)s)")
    add("--images", default=ALL, help="pictures to decode: all, none, or a number (%(default)s)")
    add("--workers", type=int, default=os.cpu_count() or 1, help="threads (%(default)s)")
    add("--severity", default="note", help="least severity to print: note, warning or error")
    add("--strict", action="store_true", help="exit with 1 on warnings, too")
    add("--ignore", nargs="+", default=[], metavar="CODE", help="findings to leave out")
    args = parser.parse_args()
    args.images = int(args.images) if args.images.isdecimal() else args.images
    if args.images not in (ALL, NONE) and not isinstance(args.images, int):
        raise InputError(f"--images {args.images!r}; expected all, none, or a number of pictures")
    if not args.root:
        raise InputError("ROOT is empty; name the data set's folder, or the folder that holds it")
    names = [severity.name.lower() for severity in Severity]
    if args.severity not in names:
        hint = near(args.severity, names)
        raise InputError(f"--severity {args.severity!r}{hint}; one of {', '.join(names)}")
    for code in args.ignore:
        if code not in FINDING_KINDS:
            hint = near(code, FINDING_KINDS)
            raise InputError(f"no finding is called {code!r}{hint}; see docs/data/doctor.md")
    return args


def print_finding(finding: Finding) -> None:
    """Print one finding: what, how often, the fix, examples."""
    kind = finding.kind
    print(f"{kind.severity.name.lower():8} {kind.code} ({finding.count:,}): {kind.what}")
    print(f"{'':8} fix: {kind.fix}")
    for example in finding.examples:
        where = [f"record {example['record']}"] if "record" in example else []
        where += [example["file"]] if "file" in example else []
        said = ": ".join(part for part in (", ".join(where), example.get("detail", "")) if part)
        if said:
            print(f"{'':8}   {said}")


def verdict(errors: int, warnings: int) -> str:
    """Return the outcome in one line."""
    if errors:
        return "not fit for training: mend the errors first"
    return "fit for training; read the warnings first" if warnings else "fit for training"


@tool
def main() -> None:
    """Run the tool."""
    from plipdet.datasets.doctor import Severity, describe, examine
    from plipdet.datasets.sources.find_source import find_source
    from plipdet.datasets.stores import open_packed

    args = parse_args()
    source = find_source(args.source)
    images = None if args.packed is None else open_packed(args.packed)
    started = time.perf_counter()
    examination = examine(
        source(args.root, images=images),
        images=args.images,
        workers=args.workers,
        ignored=args.ignore,
    )
    sys.stderr.flush()
    findings = examination.log.findings()
    least = Severity[args.severity.upper()]
    for finding in findings:
        if finding.kind.severity >= least:
            print_finding(finding)
    counts = examination.log.counts()
    errors, warnings = counts[Severity.ERROR], counts[Severity.WARNING]
    judged = verdict(errors, warnings)
    told = ", ".join(f"{s.name.lower()}s: {number}" for s, number in counts.items())
    print(f"{source.__name__} in {args.root}: {judged} ({told})")
    report: dict[str, Any] = {
        "source": source.__name__,
        "root": args.root,
        "verdict": judged,
        **describe(examination),
        "seconds": round(time.perf_counter() - started, 2),
    }
    try:
        write_json(report, args.out)
    finally:
        compact = {f.kind.code: f.count for f in findings}
        print(json.dumps({**report, "findings": compact, "report": str(args.out)}), flush=True)
    if errors or (args.strict and warnings):
        raise SystemExit(CHECK_FAILED)


if __name__ == "__main__":
    main()
