"""Draw pictures of people beside the attributes, or the phrases, that a model sees on them.

A picture, or with --out NAME.html a page for a browser that needs nothing beside it.

python tools/analysis/recognition_cards.py configs/attribute/rethinking_mini.py WEIGHTS.pth
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # configs may import projects.*

from plipdet.cli import report, tool


def main() -> None:
    """Draw the page."""
    from plipdet.apis import load_model
    from plipdet.apis.example_data import pictured_table
    from plipdet.apis.look_options import add_shared_options, read_look_options
    from plipdet.apis.recognition import recognise_people
    from plipdet.visualization import RecognitionCards, recognition_html, save_html, save_png

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("config", help="config of the model, whose test data are shown")
    parser.add_argument("checkpoint", help="weights, .pth or .safetensors")
    add_shared_options(parser, out="recognition_cards.png")
    parser.add_argument("--phrases", nargs="+", help="look for these instead of attributes")
    parser.add_argument("--count", type=int, default=12, help="people")
    parser.add_argument("--seed", type=int, default=0, help="chooses them")
    arguments = parser.parse_args()
    out, cfg = read_look_options(arguments, ".png", ".html")
    people = recognise_people(
        load_model(cfg, arguments.checkpoint),
        pictured_table(cfg),
        phrases=arguments.phrases,
        count=arguments.count,
        seed=arguments.seed,
        num_workers=max(0, arguments.workers),
    )
    title = "Phrases" if arguments.phrases else "Recognised attributes"
    if out.suffix.lower() == ".html":
        save_html(recognition_html(people, title=title), out)
    else:
        save_png(RecognitionCards().draw(people, title=title), out)
    judged = [g.right for person in people for g in person.guesses if g.right is not None]
    result = {"picture": str(out), "people": len(people), "labels": len(judged)}
    report({**result, "right": sum(judged)}, out.with_suffix(".json"))


if __name__ == "__main__":
    tool(main)()
