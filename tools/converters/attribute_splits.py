"""Write the split in a published pickle, such as dataset_zs_run0.pkl of PETA or RAP, as JSON.

The sources Peta, RapV1 and RapV2 take the JSON as split_file. Nothing in the pickle is run.

python tools/converters/attribute_splits.py dataset_zs_run0.pkl DIR/PETA/zero_shot_split.json
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from plipdet.cli import report, tool, write_json
from plipdet.errors import InputError


def main() -> None:
    """Convert and report."""
    from plipdet.datasets.sources.published_splits import published_splits
    from plipdet.datasets.sources.split_file import SplitFile

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", type=Path, help="the pickle")
    parser.add_argument("target", type=Path, help="NAME.json; a report lies beside it")
    parser.add_argument(
        "--partition", type=int, default=0, help="which, from 0, if it has several (%(default)s)"
    )
    arguments = parser.parse_args()
    if arguments.target.suffix != ".json":
        raise InputError(f"target {arguments.target}; expected a name that ends in .json")
    splits = published_splits(arguments.source, partition=arguments.partition)
    write_json(splits, arguments.target)
    SplitFile.read(arguments.target)  # what was written is what sources take
    counts = {name: len(entries) for name, entries in splits.items()}
    report({**counts, "path": str(arguments.target)}, f"{arguments.target}.report.json")


if __name__ == "__main__":
    tool(main)()
