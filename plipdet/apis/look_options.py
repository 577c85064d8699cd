"""What the tools for looking at a model's retrieval share on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmengine.config import Config

from plipdet.cli import check_output
from plipdet.engine.config import load_config

from .load_model import load_model
from .ranked_retrieval import RankedRetrieval


def add_look_options(parser: argparse.ArgumentParser, *, out: str) -> None:
    """Add CONFIG, CHECKPOINT, --data-root, --workers and --out.

    Args:
        parser: Of the tool.
        out: File to write by default.
    """
    parser.add_argument("config", help="config that tests retrieval")
    parser.add_argument("checkpoint", help="weights, .pth or .safetensors")
    add_shared_options(parser, out=out)


def add_shared_options(parser: argparse.ArgumentParser, *, out: str) -> None:
    """Add --data-root, --workers and --out; see :func:`add_look_options`."""
    parser.add_argument("--data-root", help="folder that holds the config's data sets")
    parser.add_argument("--workers", type=int, default=2, help="processes that load pictures")
    parser.add_argument("--out", default=out, help="file to write; a .json of its name goes beside")


def read_look_options(arguments: argparse.Namespace, *endings: str) -> tuple[Path, Config]:
    """Return the file to write, which can be written, and the config, which is right.

    Args:
        arguments: With the options of :func:`add_look_options`.
        endings: What the file may end in.

    Raises:
        InputError: If one of the two is not so.
    """
    out = check_output(arguments.out, *endings)
    return out, load_config(arguments.config, data_root=arguments.data_root)


def ranked_retrieval(arguments: argparse.Namespace, cfg: Config) -> RankedRetrieval:
    """Load the model, and the two sides that the config tests.

    Raises:
        InputError: If the weights are not the model's, or the config tests no retrieval.
    """
    task = load_model(cfg, arguments.checkpoint)
    return RankedRetrieval.from_config(task, cfg, num_workers=max(0, arguments.workers))
