"""Draw gray pictures coloured by their captions, and with the colour of a garment changed.

python tools/analysis/colorization.py configs/plip/zero_shot_text_mini.py work_dirs/mini/epoch_8.pth
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # configs may import projects.*

from plipdet.cli import report, tool


def main() -> None:
    """Draw the grid."""
    from plipdet.apis import ModelInputs, colorize_examples, load_model
    from plipdet.apis.colorization import COLOURS
    from plipdet.apis.example_data import captioned_table
    from plipdet.engine.config import load_config
    from plipdet.visualization import ColorizationGrid, save_png

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("config", help="config of a model with a ColorizationHead")
    parser.add_argument("checkpoint", help="weights, .pth or .safetensors")
    parser.add_argument("--data-root", help="folder that holds the config's data sets")
    parser.add_argument("--count", type=int, default=6, help="pictures")
    parser.add_argument("--colours", nargs="+", default=COLOURS, help="colours to change to")
    parser.add_argument("--seed", type=int, default=0, help="chooses the pictures")
    parser.add_argument("--out", default="colorization.png", help="PNG to write")
    arguments = parser.parse_args()
    cfg = load_config(arguments.config, data_root=arguments.data_root)
    examples = colorize_examples(
        load_model(cfg, arguments.checkpoint),
        captioned_table(cfg),
        inputs=ModelInputs.from_config(cfg),
        count=arguments.count,
        colours=arguments.colours,
        seed=arguments.seed,
    )
    grid = ColorizationGrid().draw(examples, title="Text-guided colorization")
    path = save_png(grid, arguments.out)
    report({"picture": str(path), "examples": len(examples)}, path.with_suffix(".json"))


if __name__ == "__main__":
    tool(main)()
