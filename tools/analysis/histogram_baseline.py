"""Measure colour histograms of stripes on a Market-1501 layout: Re-ID without any learning.

python tools/analysis/histogram_baseline.py data/minipedes
"""

from __future__ import annotations

import argparse

from plipdet.cli import report, tool


def main() -> None:
    """Measure the baseline."""
    from plipdet.apis.histogram_baseline import histogram_baseline
    from plipdet.datasets.sources import Market1501
    from plipdet.evaluation import RetrievalMetric

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data_root", help="Market-1501's folder, or the folder that holds it")
    parser.add_argument("--stripes", type=int, default=8, help="horizontal stripes of a picture")
    parser.add_argument("--out", default="histogram_baseline.json", help="JSON to write")
    arguments = parser.parse_args()
    metric = RetrievalMetric(exclude_same_camera=True)
    table = Market1501(arguments.data_root).load()
    rates = histogram_baseline(table, metric=metric, stripes=arguments.stripes)
    report({**rates, "stripes": arguments.stripes, "protocol": metric.protocol()}, arguments.out)


if __name__ == "__main__":
    tool(main)()
