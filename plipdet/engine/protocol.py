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
from plipdet.engine.loops.retrieval_loop import SIDES
from plipdet.engine.runner import PLIPRunner

_PACKAGES = (
    "plipdet torch torchvision transformers timm onedl-mmengine onedl-mmcv onedl-mmpretrain "
    "numpy pyarrow"
).split()


def protocol(runner: PLIPRunner, cfg: Config, *, checkpoint: str | Path | None) -> dict[str, Any]:
    """Return the circumstances of a test as JSON data.

    Args:
        runner: After its test.
        cfg: Config of the test.
        checkpoint: File of the weights, ``None`` for a freshly initialised model.
    """
    loop = runner.test_loop
    weights = "untrained" if checkpoint is None else str(checkpoint)
    return {
        "config": cfg.filename,
        "config_hash": config_hash(cfg),
        "checkpoint": weights,
        "checkpoint_sha256": None if checkpoint is None else file_hash(checkpoint),
        "trained_on": _training_data(cfg),
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


def _training_data(cfg: Config) -> dict[str, Any] | None:
    """Return what the config trains on; what the checkpoint saw is in its own config."""
    dataset = (cfg.to_dict().get("train_dataloader") or {}).get("dataset")
    if not isinstance(dataset, dict):
        return None
    names = ("source", "split", "max_identities")
    return {k: dataset[k] for k in names if k in dataset}


def _data(loaders: Any) -> dict[str, Any]:
    if isinstance(loaders, DataLoader):
        return _describe(loaders.dataset)
    return {side: _describe(getattr(loaders, side).dataset) for side in SIDES}


def _describe(dataset: Any) -> dict[str, Any]:
    """Return name, folder, fingerprint and size of a data set, as far as it has them."""
    facts: dict[str, Any] = {"items": len(dataset)}
    facts.update({k: getattr(dataset, k) for k in ("split", "unit") if hasattr(dataset, k)})
    table = getattr(dataset, "table", None)
    if table is not None:
        facts.update(source=table.source, root=str(table.root), rows=len(table))
        if table.path is not None:  # NAME-FINGERPRINT.arrow
            facts["fingerprint"] = table.path.stem.rsplit("-", 1)[-1]
    return facts


def _rules(evaluator: Any) -> dict[str, Any]:
    """Return the options of the metric: gallery rule, camera rule, re-ranking, ties."""
    if evaluator is None:
        return {}
    declared = getattr(evaluator, "protocol", None)
    if callable(declared):
        return dict(declared())
    plain = (bool, int, float, str, type(None))
    options = {k: v for k, v in vars(evaluator).items() if isinstance(v, plain)}
    return {"metric": type(evaluator).__name__, **{k.lstrip("_"): v for k, v in options.items()}}
