"""Draw the pictures of a data set with identities, cameras, captions and attribute phrases.

python tools/analysis/contact_sheet.py SynthPedes data/minipedes --out sheet.png
"""

from __future__ import annotations

import argparse

from plipdet.cli import report, tool


def main() -> None:
    """Draw the sheet."""
    from plipdet.apis.contact_sheet import sheet_items
    from plipdet.registry import SOURCES, build
    from plipdet.structures import SPLITS
    from plipdet.visualization import ContactSheet, save_png

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", help="reader of the data set, like SynthPedes or Market1501")
    parser.add_argument("root", help="the data set's folder, or the folder that holds it")
    parser.add_argument("--out", default="contact_sheet.png", help="PNG to write")
    parser.add_argument("--split", choices=SPLITS, help="only this split")
    parser.add_argument("--count", type=int, default=32, help="pictures")
    parser.add_argument("--columns", type=int, default=8, help="pictures side by side")
    parser.add_argument("--per-identity", type=int, default=4, help="pictures of one identity")
    parser.add_argument("--seed", type=int, default=0, help="chooses the identities")
    arguments = parser.parse_args()
    table = build({"type": arguments.source, "root": arguments.root}, SOURCES).load()
    if arguments.split:
        table = table.where_split(arguments.split)
    items = sheet_items(
        table, count=arguments.count, per_identity=arguments.per_identity, seed=arguments.seed
    )
    title = f"{arguments.source}: {len(items)} of {len(table)} pictures"
    sheet = ContactSheet(columns=arguments.columns).draw(items, title=title)
    path = save_png(sheet, arguments.out)
    report({"picture": str(path), "pictures": len(items)}, path.with_suffix(".json"))


if __name__ == "__main__":
    tool(main)()
