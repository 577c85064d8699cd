"""Plot cumulative matching curves (CMC) of results side by side, with the level of chance.

Each RESULT is the JSON of tools/test.py, of which the ranks it tells are drawn; or the JSON of
this tool; or CONFIG.py:CHECKPOINT, whose whole curve is computed. NAME= before one names it.

python tools/analysis/cmc_curves.py ours=configs/plip/zero_shot_text_mini.py:epoch_8.pth old.json
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # configs may import projects.*

from plipdet.cli import check_output, report, tool
from plipdet.errors import InputError


def main() -> None:
    """Draw the plot."""
    from plipdet.apis import RankedRetrieval, load_model
    from plipdet.apis import matching_curves as curves_of
    from plipdet.apis.look_options import add_shared_options
    from plipdet.engine.config import load_config
    from plipdet.visualization import MatchingPlot, save_png

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "results", nargs="+", metavar="RESULT", help="[NAME=]RESULT.json or CONFIG.py:CHECKPOINT"
    )
    add_shared_options(parser, out="cmc_curves.png")
    parser.add_argument("--ranks", type=int, default=50, help="the last rank")
    parser.add_argument("--title", default="Cumulative matching", help="printed at the top")
    arguments = parser.parse_args()
    out = check_output(arguments.out, ".png")
    if arguments.ranks < 1:
        raise InputError(f"--ranks {arguments.ranks}; expected 1 or more")
    requests = [curves_of.read_request(text) for text in arguments.results]
    read = {
        at: curves_of.read_curves(request, length=arguments.ranks)
        for at, request in enumerate(requests)
        if request.result is not None
    }
    configs = {
        at: load_config(request.config, data_root=arguments.data_root)
        for at, request in enumerate(requests)
        if request.result is None
    }
    found = []
    for at, request in enumerate(requests):
        if at in read:
            found += read[at]
            continue
        task = load_model(configs[at], request.checkpoint)
        retrieval = RankedRetrieval.from_config(task, configs[at], num_workers=arguments.workers)
        name = request.name or curves_of.curve_name(request.config, request.checkpoint)
        found.append(curves_of.compute_curve(retrieval, name=name, length=arguments.ranks))
    curves = curves_of.unique_names(found)
    save_png(MatchingPlot().draw(curves, title=arguments.title), out)
    told = [curves_of.as_plain(curve) for curve in curves]
    report({"picture": str(out), "curves": told}, out.with_suffix(".json"))


if __name__ == "__main__":
    tool(main)()
