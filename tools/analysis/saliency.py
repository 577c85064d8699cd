"""Draw where in a picture the words of a sentence find what they say.

python tools/analysis/saliency.py configs/plip/zero_shot_text_mini.py work_dirs/mini/epoch_8.pth
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # configs may import projects.*

from plipdet.cli import report, tool


def main() -> None:
    """Draw the grid."""
    from plipdet.apis import load_model
    from plipdet.apis.look_options import add_look_options, read_look_options
    from plipdet.apis.saliency_pairs import own_pair, query_pairs
    from plipdet.apis.word_saliency import word_saliency
    from plipdet.visualization import SaliencyGrid, save_png

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_look_options(parser, out="saliency.png")
    parser.add_argument("--query", type=int, nargs="+", help="numbers of the test's sentences")
    parser.add_argument("--count", type=int, default=4, help="random ones, without --query")
    parser.add_argument("--seed", type=int, default=0, help="chooses them")
    parser.add_argument("--sentence", help="a sentence of yours; needs --image")
    parser.add_argument("--image", help="its picture, a crop of one person")
    parser.add_argument("--stage", type=int, default=-1, help="map of the image encoder; -1 last")
    parser.add_argument("--all-words", action="store_true", help='also "the", "with" and such')
    arguments = parser.parse_args()
    out, cfg = read_look_options(arguments, ".png")
    if arguments.sentence is not None or arguments.image is not None:
        pairs = [own_pair(arguments.sentence, arguments.image)]
    else:
        pairs = query_pairs(cfg, arguments.query, count=arguments.count, seed=arguments.seed)
    task = load_model(cfg, arguments.checkpoint)
    examples = [
        word_saliency(
            task,
            picture,
            sentence,
            stage=arguments.stage,
            all_words=arguments.all_words,
            note=note,
        )
        for picture, sentence, note in pairs
    ]
    save_png(SaliencyGrid().draw(examples, title="What each word adds, and from where"), out)
    told = [
        {
            "sentence": example.sentence,
            "similarity": round(example.similarity, 6),
            "words": [
                [example.sentence[word.start : word.end], round(word.contribution, 6)]
                for word in example.words
            ],
        }
        for example in examples
    ]
    report({"picture": str(out), "examples": told}, out.with_suffix(".json"))


if __name__ == "__main__":
    tool(main)()
