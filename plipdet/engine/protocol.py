"""The protocol of a result: what was measured, on which data, with which weights and versions."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from mmengine.config import Config
from torch.utils.data import DataLoader

from plipdet.engine.checkpoint import file_hash
from plipdet.engine.config import config_hash
from plipdet.engine.data_facts import data_facts
from plipdet.engine.loops.retrieval_loop import SIDES
from plipdet.engine.runner import PLIPRunner

_PACKAGES = (
    "plipdet torch torchvision transformers timm onedl-mmengine onedl-mmcv onedl-mmpretrain "
    "numpy pyarrow"
).split()
_OF_TRAINING = (
    *("trained_on", "selected_on", "config_hash", "seed", "epoch", "iter"),
    *("weights", "precision", "published_from", "converted_from"),  # of files of the converters
)


def protocol(runner: PLIPRunner, cfg: Config, *, checkpoint: str | Path | None) -> dict[str, Any]:
    """Return the circumstances of a test as JSON data.

    Args:
        runner: After its test.
        cfg: Config of the test.
        checkpoint: File of the weights, ``None`` for a freshly initialised model.
    """
    loop = runner.test_loop
    training = {k: runner.start_meta[k] for k in _OF_TRAINING if k in runner.start_meta}
    return {
        "config": cfg.filename,
        "config_hash": config_hash(cfg),
        "checkpoint": "untrained" if checkpoint is None else str(checkpoint),
        "checkpoint_sha256": None if checkpoint is None else file_hash(checkpoint),
        "training": training or None,
        "seed": runner.seed,
        "ranks": runner.world_size,
        "data": _data(loop.dataloader),
        "rules": _rules(getattr(loop, "evaluator", None)),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Return the version of Python and of each package that can change a number."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _data(loaders: Any) -> dict[str, Any]:
    if isinstance(loaders, DataLoader):
        return data_facts(loaders.dataset)
    return {side: data_facts(getattr(loaders, side).dataset) for side in SIDES}


def _rules(evaluator: Any) -> dict[str, Any]:
    """Return what the metric declares: gallery rule, camera rule, re-ranking, ties."""
    declared = getattr(evaluator, "protocol", None)
    rules = {} if declared is None else dict(declared() if callable(declared) else declared)
    return {"metric": type(evaluator).__name__, **rules}
