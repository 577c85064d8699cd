"""Draw the pictures that a model ranks first for sentences, or for pictures.

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
    from plipdet.apis import load_model, rank_lists
    from plipdet.apis.example_data import retrieval_datasets
    from plipdet.engine.config import load_config
    from plipdet.registry import METRICS, build
    from plipdet.visualization import RankListPage, save_png

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("config", help="config that tests retrieval")
    parser.add_argument("checkpoint", help="weights, .pth or .safetensors")
    parser.add_argument("--data-root", help="folder that holds the config's data sets")
    parser.add_argument("--queries", type=int, default=8, help="lines of the page")
    parser.add_argument("--seed", type=int, default=0, help="chooses the queries")
    parser.add_argument("--out", default="rank_lists.png", help="PNG to write")
    arguments = parser.parse_args()
    cfg = load_config(arguments.config, data_root=arguments.data_root)
    query, gallery = retrieval_datasets(cfg)
    lists = rank_lists(
        load_model(cfg, arguments.checkpoint),
        query,
        gallery,
        metric=build(cfg["test_evaluator"], METRICS),
        queries=arguments.queries,
        seed=arguments.seed,
    )
    kind = "a sentence" if query.unit == "caption" else "a picture"
    title = f"{len(gallery)} gallery pictures ranked by {kind}"
    path = save_png(RankListPage().draw(lists, title=title), arguments.out)
    first = sum(bool(entry.items) and entry.items[0].right for entry in lists)
    result = {"picture": str(path), "queries": len(lists), "right_at_rank1": first}
    report(result, path.with_suffix(".json"))


if __name__ == "__main__":
    tool(main)()
