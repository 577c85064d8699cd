"""Make attribute labels of SYNTH-PEDES's phrases, so that heads can classify attributes.

ROOT is the folder SYNTH-PEDES, or the folder that holds it. The labels, 1 yes, 0 no, -1 where the
phrases do not tell, are written beside the annotation; name them in the config's source:
dict(type=SynthPedes, root="data", label_file="synthpedes_attributes.npz").

Example:
    python tools/data/phrases_to_attributes.py data
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # as when installed

from plipdet.cli import report, tool
from plipdet.datasets.sources import SynthPedes
from plipdet.datasets.sources.phrase_label_file import LABEL_FILE, write_phrase_labels
from plipdet.errors import InputError
from plipdet.structures import PHRASE_SLOTS

_NOTHING = (None,) * len(PHRASE_SLOTS)


def parse_args() -> argparse.Namespace:
    """Return the checked command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("root", metavar="ROOT", help="the data set's folder, or the folder that holds it")
    add("--name", default=LABEL_FILE, help="of the file beside the annotation (%(default)s)")
    add(
        "--min-share",
        type=float,
        default=0.005,
        help="leave out attributes that fewer of the known labels affirm or deny (%(default)s)",
    )
    args = parser.parse_args()
    if not 0 <= args.min_share < 0.5:
        raise InputError(f"--min-share {args.min_share}; expected 0 to below 0.5")
    if Path(args.name).name != args.name or not args.name.endswith(".npz"):
        raise InputError(f"--name {args.name!r}; expected the name of a .npz file, no path")
    return args


def phrases_of(source: SynthPedes, folder: Path) -> Iterator[tuple[str, Sequence[str | None]]]:
    """Yield picture path and phrases of each record, under a progress bar."""
    for row in source.rows_with_progress(folder):
        yield row["image"], row["attribute_phrases"] or _NOTHING


@tool
def main() -> None:
    """Write the labels and tell how often each attribute holds."""
    args = parse_args()
    source = SynthPedes(args.root)
    folder = source.folder()
    path = folder / args.name
    shares = write_phrase_labels(path, phrases_of(source, folder), min_share=args.min_share)
    width = max(map(len, shares))
    for name, share in shares.items():
        print(f"{name:{width}}  known {share['known']:6.1%}  yes {share['yes']:6.1%}")
    result = {"labels": str(path), "attributes": len(shares), "shares": shares}
    report(result, path.with_suffix(".json"))


if __name__ == "__main__":
    main()
