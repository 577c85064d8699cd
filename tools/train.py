"""Train a model: python tools/train.py configs/plip/pretrain_r50.py --data-root DIR."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # configs may import projects.*

from plipdet.cli import end_at_signals, ignore_signals, tool
from plipdet.errors import InputError


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    from plipdet.engine.launch import add_run_options

    parser = argparse.ArgumentParser(description=__doc__)
    add_run_options(parser)
    parser.add_argument(
        "--resume",
        nargs="?",
        const="auto",
        metavar="CHECKPOINT",
        help="go on from CHECKPOINT, or from the newest one in the work folder",
    )
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--load-from",
        metavar="CHECKPOINT",
        help="start with the weights of another training, of the parts in load_from_parts",
    )
    start.add_argument(
        "--from-scratch", action="store_true", help="start without pre-trained weights"
    )
    parser.add_argument("--amp", action="store_true", help="mixed precision, on GPU and CPU")
    arguments = parser.parse_args()
    if arguments.load_from and arguments.resume not in (None, "auto"):
        raise InputError("--load-from and --resume FILE exclude each other; a run starts from one")
    return arguments


def train() -> None:
    """Train what the config describes."""
    from plipdet.distributed.process_group import end_process_group
    from plipdet.engine import PLIPRunner
    from plipdet.engine.launch import (
        go_on,
        one_message,
        read_run_options,
        use_mixed_precision,
    )
    from plipdet.errors import RunStoppedError

    arguments = parse_arguments()

    @one_message
    def run() -> None:
        cfg = read_run_options(arguments)
        if arguments.amp:
            use_mixed_precision(cfg)
        if arguments.load_from:
            cfg["load_from"] = arguments.load_from
        if arguments.from_scratch:
            cfg["load_from"] = cfg["load_from_parts"] = None
        if arguments.resume:
            go_on(cfg, arguments.resume)
        runner = PLIPRunner.from_cfg(cfg)
        try:
            runner.train()
        except RunStoppedError:
            ignore_signals()  # the launcher's too: each rank that ends makes it end the others
            end_process_group()
            raise
        end_process_group()

    run()


if __name__ == "__main__":
    end_at_signals()
    tool(train)()
