"""What tools/train.py and tools/test.py share: their options, and one message from many ranks."""

from __future__ import annotations

import argparse
import functools
import os
import time
from collections.abc import Callable
from typing import Any, TypeVar

from mmengine.config import Config

from plipdet.cli import EXIT_INPUT, ignore_signals
from plipdet.distributed.process_group import LAUNCHERS
from plipdet.engine.checkpoint_search import has_checkpoints
from plipdet.engine.config import load_config, parse_overrides
from plipdet.engine.optim import PersonAmpOptimWrapper
from plipdet.engine.stop_signals import StopSignals
from plipdet.errors import InputError

T = TypeVar("T")
_HEAD_START = 5.0  # s
_LOST_PEER = ("Connection closed by peer", "Connection reset by peer", "NCCL", "Broken pipe")


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that training and testing have in common."""
    parser.add_argument("config", help="config file, such as configs/plip/pretrain_r50.py")
    parser.add_argument(
        "--work-dir", help="folder of checkpoints, logs and results; work_dirs/<config name>"
    )
    parser.add_argument("--data-root", help="folder that holds the data sets of the config")
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="change settings by dotted path, such as train_dataloader.batch_size=64",
    )
    parser.add_argument(
        "--launcher",
        choices=LAUNCHERS,
        default="none",
        help="who started the processes; dist_*.sh and slurm_*.sh set it",
    )
    parser.add_argument("--seed", type=int, help="seed of everything random")
    parser.add_argument(
        "--deterministic", action="store_true", help="only operations that repeat bit for bit"
    )


def read_run_options(arguments: argparse.Namespace) -> Config:
    """Return the checked config with the options of :func:`add_run_options` in it."""
    overrides = parse_overrides(arguments.cfg_options)
    if arguments.seed is not None:
        overrides["randomness.seed"] = arguments.seed
    cfg = load_config(
        arguments.config,
        overrides=overrides,
        data_root=arguments.data_root,
        work_dir=arguments.work_dir,
    )
    cfg["launcher"] = arguments.launcher
    randomness: dict[str, Any] = dict(cfg.get("randomness") or {"seed": None})
    if arguments.deterministic:
        randomness["deterministic"] = True
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    cfg["randomness"] = randomness
    return cfg


def go_on(cfg: Config, resume: str) -> None:
    """Set a config to go on from a checkpoint.

    Args:
        cfg: Changed in place.
        resume: A file; or "auto" for the newest in the work folder. Where that has none, training
            starts as the config says, from its ``load_from`` if it names one.
    """
    if resume == "auto" and cfg.get("load_from") and not has_checkpoints(cfg["work_dir"]):
        return
    cfg["resume"] = True
    cfg["load_from"] = None if resume == "auto" else resume


def use_mixed_precision(cfg: Config) -> None:
    """Train under autocast, whatever the config's optimizer wrapper is.

    Raises:
        InputError: If the config has no optimizer wrapper.
    """
    if not cfg.get("optim_wrapper"):
        raise InputError("--amp: this config trains nothing, it has no optim_wrapper")
    kind = cfg.optim_wrapper.get("type")
    if kind is not PersonAmpOptimWrapper and kind != PersonAmpOptimWrapper.__name__:
        cfg.optim_wrapper["type"] = PersonAmpOptimWrapper


def one_message(main: Callable[[], T]) -> Callable[[], T]:
    """Let rank 0 speak first when ranks fail.

    All ranks meet most wrong inputs alike. A rank other than 0 waits before it reports one: where
    rank 0 met it too, the launcher ends this process meanwhile, and the message appears once. So
    does a rank that merely lost its connection to one that failed.
    """

    @functools.wraps(main)
    def run() -> T:
        try:
            return main()
        except InputError:
            if int(os.environ.get("RANK", os.environ.get("SLURM_PROCID", "0"))):
                _wait(EXIT_INPUT)
            raise
        except RuntimeError as error:
            if any(phrase in str(error) for phrase in _LOST_PEER):
                _wait(1)
                if StopSignals.noted:  # by the launcher, which has a reason from another rank
                    raise SystemExit(1) from error
            raise

    return run


def _wait(code: int) -> None:
    """Wait for the launcher to end this process, in silence."""
    try:
        time.sleep(_HEAD_START)
    except KeyboardInterrupt:
        ignore_signals()
        raise SystemExit(code) from None
