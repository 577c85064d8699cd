"""Draw captions with hidden attribute words beside what a model guesses from the pictures.

python tools/analysis/attribute_cards.py configs/plip/zero_shot_text_mini.py WEIGHTS.pth
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # configs may import projects.*

from plipdet.cli import report, tool


def main() -> None:
    """Draw the cards."""
    from plipdet.apis import ModelInputs, complete_attributes, load_model
    from plipdet.apis.example_data import captioned_table
    from plipdet.engine.config import load_config
    from plipdet.visualization import AttributeCards, save_png

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("config", help="config of a model with an AttributePredictionHead")
    parser.add_argument("checkpoint", help="weights, .pth or .safetensors")
    parser.add_argument("--data-root", help="folder that holds the config's data sets")
    parser.add_argument("--count", type=int, default=8, help="captions")
    parser.add_argument("--hidden", type=int, default=5, help="words hidden in a caption")
    parser.add_argument("--seed", type=int, default=0, help="chooses captions and words")
    parser.add_argument("--out", default="attribute_cards.png", help="PNG to write")
    arguments = parser.parse_args()
    cfg = load_config(arguments.config, data_root=arguments.data_root)
    cards = complete_attributes(
        load_model(cfg, arguments.checkpoint),
        captioned_table(cfg),
        inputs=ModelInputs.from_config(cfg),
        count=arguments.count,
        hidden=arguments.hidden,
        seed=arguments.seed,
    )
    page = AttributeCards().draw(cards, title="Image-guided attribute prediction")
    path = save_png(page, arguments.out)
    pieces = [piece for card in cards for piece in card.hidden]
    right = sum(piece.guesses[0][0] == piece.truth for piece in pieces)
    result = {"picture": str(path), "hidden": len(pieces), "right": right}
    report(result, path.with_suffix(".json"))


if __name__ == "__main__":
    tool(main)()
