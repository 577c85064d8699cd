"""Write a checkpoint as a slim .safetensors file for others, with the facts of its training.

python tools/converters/publish.py work_dirs/pretrain_r50/epoch_70.pth plip_r50.safetensors
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from plipdet.cli import report, tool


def main() -> None:
    """Publish and report."""
    from plipdet.apis.publish import publish

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", type=Path, help="checkpoint of tools/train.py, or converted one")
    parser.add_argument(
        "target", type=Path, help="NAME.safetensors; 8 digits of the file's hash are added"
    )
    parser.add_argument(
        "--ema", action="store_true", help="refuse a checkpoint without averaged weights"
    )
    parser.add_argument("--half", action="store_true", help="store float16")
    parser.add_argument(
        "--results", nargs="+", default=[], metavar="JSON", help="what tools/test.py wrote for it"
    )
    parser.add_argument("--licence", default="not stated", help="licence of the weights")
    arguments = parser.parse_args()
    result = publish(
        arguments.source,
        arguments.target,
        ema=arguments.ema,
        half=arguments.half,
        results=arguments.results,
        licence=arguments.licence,
    )
    report(result, f"{result['path']}.json")


if __name__ == "__main__":
    tool(main)()
