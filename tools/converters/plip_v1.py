"""Turn PLIP's published (first-version) checkpoint into one that plipdet's configs load.

python tools/converters/plip_v1.py checkpoint.pth.tar plip_v1.safetensors
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from plipdet.cli import report, tool

TOLERANCE = 1e-5
EXIT_DIFFERS = 1


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", type=Path, help="published checkpoint; with --reverse, ours")
    parser.add_argument("target", type=Path, help="file to write, .safetensors or .pth")
    parser.add_argument(
        "--text-heads", type=int, help="attention heads of BERT (one for each 64 channels)"
    )
    parser.add_argument(
        "--verify",
        type=Path,
        metavar="VECTORS.npz",
        help=f"compare the outputs with the authors' in this file; past {TOLERANCE} exits with 1",
    )
    parser.add_argument(
        "--reverse", action="store_true", help="write the published format from our weights"
    )
    arguments = parser.parse_args()
    if arguments.reverse and (arguments.verify or arguments.text_heads):
        parser.error("--reverse goes without --verify and --text-heads")
    return arguments


def main() -> None:
    """Convert, and compare when asked to."""
    from plipdet.apis.plip_v1 import convert_plip_v1, restore_plip_v1
    from plipdet.apis.plip_v1_check import read_vectors

    arguments = parse_arguments()
    source, target = arguments.source, arguments.target
    # Read first: a wrong name shows before anything is written.
    vectors = read_vectors(arguments.verify) if arguments.verify else None
    if arguments.reverse:
        result: dict[str, Any] = {"sizes": restore_plip_v1(source, target)}
    else:
        result = convert_plip_v1(source, target, text_heads=arguments.text_heads)
    result = {"checkpoint": str(target), **result}
    if vectors is not None:
        result["verified"] = {"vectors": str(arguments.verify), **compare(target, vectors)}
    report(result, target.with_name(f"{target.name}.json"))
    if vectors is not None and result["verified"]["beyond"]:
        raise SystemExit(EXIT_DIFFERS)


def compare(checkpoint: Path, vectors: Mapping[str, Any]) -> dict[str, Any]:
    """Print each output's difference from the authors' and return all."""
    from plipdet.apis.plip_v1_check import compare_with_authors

    print(f"{'output':<20}{'difference':>12}{'largest':>12}{'relative':>12}")
    outputs, beyond = {}, []
    for entry in compare_with_authors(checkpoint, vectors):
        good = entry.within(TOLERANCE)
        figures = f"{entry.absolute:>12.2e}{entry.largest:>12.3f}{entry.relative:>12.2e}"
        print(f"{entry.name:<20}{figures}{'' if good else f'  past {TOLERANCE}'}")
        outputs[entry.name] = {"absolute": entry.absolute, "relative": entry.relative}
        beyond += [] if good else [entry.name]
    return {"tolerance": TOLERANCE, "outputs": outputs, "beyond": beyond}


if __name__ == "__main__":
    tool(main)()
