"""Draw the pictures that a model ranks first for sentences, or for pictures.

A picture, or with --out NAME.html a page for a browser that needs nothing beside it.

python tools/analysis/rank_lists.py configs/plip/zero_shot_text_mini.py work_dirs/mini/epoch_8.pth
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # configs may import projects.*

from plipdet.cli import report, tool


def main() -> None:
    """Draw the page."""
    from plipdet.apis import rank_lists
    from plipdet.apis.look_options import add_look_options, ranked_retrieval, read_look_options
    from plipdet.visualization import RankListPage, rank_lists_html, save_html, save_png

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_look_options(parser, out="rank_lists.png")
    parser.add_argument("--queries", type=int, default=8, help="lines of the page")
    parser.add_argument("--top", type=int, default=10, help="pictures of a line")
    parser.add_argument("--seed", type=int, default=0, help="chooses the queries")
    parser.add_argument(
        "--left-out", action="store_true", help="also show pictures that take no part, pale"
    )
    arguments = parser.parse_args()
    out, cfg = read_look_options(arguments, ".png", ".html")
    retrieval = ranked_retrieval(arguments, cfg)
    lists = rank_lists(
        retrieval,
        queries=arguments.queries,
        top=arguments.top,
        seed=arguments.seed,
        left_out=arguments.left_out,
    )
    title = retrieval.title()
    if out.suffix.lower() == ".html":
        save_html(rank_lists_html(lists, title=title), out)
    else:
        save_png(RankListPage().draw(lists, title=title), out)
    taking_part = [[item for item in entry.items if not item.left_out] for entry in lists]
    first = sum(bool(items) and items[0].right for items in taking_part)
    result = {"picture": str(out), "queries": len(lists), "right_at_rank1": first}
    report(result, out.with_suffix(".json"))


if __name__ == "__main__":
    tool(main)()
