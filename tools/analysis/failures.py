"""Show the queries that a model answers worst: a page with filters, its first lines as a picture.

python tools/analysis/failures.py configs/plip/zero_shot_text_mini.py work_dirs/mini/epoch_8.pth
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # configs may import projects.*

from plipdet.cli import report, tool

_LINES = 8  # of the picture


def main() -> None:
    """Write the page."""
    from plipdet.apis.failures import find_failures
    from plipdet.apis.look_options import add_look_options, ranked_retrieval, read_look_options
    from plipdet.visualization import RankListPage, failures_html, save_html, save_png

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_look_options(parser, out="failures.html")
    parser.add_argument("--queries", type=int, default=100, help="the worst so many")
    parser.add_argument("--top", type=int, default=10, help="pictures of a query")
    parser.add_argument(
        "--best-rank", type=int, default=2, help="leave out what has a right picture before"
    )
    arguments = parser.parse_args()
    out, cfg = read_look_options(arguments, ".html")
    retrieval = ranked_retrieval(arguments, cfg)
    survey = find_failures(
        retrieval,
        queries=arguments.queries,
        top=arguments.top,
        best_rank=arguments.best_rank,
    )
    total = sum(survey.buckets.values())
    title = f"The worst of {total} queries by a {retrieval.asks}"
    rates = ", ".join(f"{name} {value:.1f} %" for name, value in survey.rates.items())
    lead = f"{retrieval.title()}; {rates}."
    save_html(failures_html(survey.worst, survey.buckets, title=title, lead=lead), out)
    lists = [failure.ranked for failure in survey.worst[:_LINES]]
    picture = save_png(RankListPage().draw(lists, title=title), out.with_suffix(".png"))
    worst = [
        {
            "query": failure.item,
            "identity": failure.identity,
            "first_rank": failure.first_rank,
            "average_precision": round(failure.average_precision, 6),
        }
        for failure in survey.worst
    ]
    result = {"page": str(out), "picture": str(picture), "queries": total, **survey.rates}
    report({**result, "buckets": survey.buckets, "worst": worst}, out.with_suffix(".json"))


if __name__ == "__main__":
    tool(main)()
