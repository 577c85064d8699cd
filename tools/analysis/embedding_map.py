"""Draw embeddings of some people in the plane (PCA, then t-SNE), queries and gallery together.

A picture; with --out NAME.html also a page in which pointing at a mark shows what it is.

python tools/analysis/embedding_map.py configs/plip/zero_shot_text_mini.py epoch_8.pth
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # configs may import projects.*

from plipdet.cli import report, tool


def main() -> None:
    """Draw the map."""
    from plipdet.apis.embedding_map import embedding_map
    from plipdet.apis.look_options import add_look_options, ranked_retrieval, read_look_options
    from plipdet.visualization import EmbeddingMap, embedding_map_html, save_html, save_png

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_look_options(parser, out="embedding_map.html")
    parser.add_argument("--identities", type=int, default=12, help="people")
    parser.add_argument("--per-identity", type=int, default=8, help="of each side, at most")
    parser.add_argument("--perplexity", type=float, default=30.0, help="neighbours t-SNE looks at")
    parser.add_argument("--thumbnails", action="store_true", help="pictures in place of points")
    parser.add_argument("--seed", type=int, default=0, help="chooses people, places points")
    arguments = parser.parse_args()
    out, cfg = read_look_options(arguments, ".png", ".html")
    retrieval = ranked_retrieval(arguments, cfg)
    placed = embedding_map(
        retrieval,
        identities=arguments.identities,
        per_identity=arguments.per_identity,
        perplexity=arguments.perplexity,
        seed=arguments.seed,
    )
    shown = len({point.identity for point in placed.points})
    title = f"{len(placed.points)} embeddings of {shown} people"
    same = placed.nearest_same_identity
    lead = f"Nearest other one of the same identity, before t-SNE: {same:.1f} %"
    picture = EmbeddingMap(thumbnails=arguments.thumbnails).draw(placed.points, title=title)
    result = {"picture": str(save_png(picture, out.with_suffix(".png")))}
    if out.suffix.lower() == ".html":
        save_html(embedding_map_html(placed.points, title=title, lead=lead), out)
        result["page"] = str(out)
    numbers = {"points": len(placed.points), "identities": shown, "nearest_same_identity": same}
    report({**result, **numbers}, out.with_suffix(".json"))


if __name__ == "__main__":
    tool(main)()
