"""The protocol of a result: what was measured, on which data, with which weights and versions."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from mmengine.config import Config
from torch.utils.data import DataLoader

from plipdet.engine.config import config_hash
from plipdet.engine.data_facts import data_facts
from plipdet.engine.loops.retrieval_loop import SIDES
from plipdet.engine.runner import PLIPRunner
from plipdet.engine.shared_people import share_people
from plipdet.models import Detector
from plipdet.weight_files import file_hash

_PACKAGES = (
    "plipdet torch torchvision transformers timm onedl-mmengine onedl-mmcv onedl-mmpretrain "
    "numpy numba scipy pyarrow"
).split()
_OF_TRAINING = (
    *("trained_on", "selected_on", "selected_by", "config_hash", "seed", "epoch", "iter"),
    *("weights", "precision", "published_from", "converted_from"),  # of files of the converters
)

_DOUBTS = {
    "trained_on": "the {} was trained on people of the test data",
    "selected_on": (
        "the checkpoints of the {}'s training were measured on people of the test data: one that "
        "was chosen by that is chosen on test"
    ),
}


def protocol(runner: PLIPRunner, cfg: Config, *, checkpoint: str | Path | None) -> dict[str, Any]:
    """Return the circumstances of a test as JSON data.

    Args:
        runner: After its test.
        cfg: Config of the test.
        checkpoint: File of the weights, ``None`` for a freshly initialised model.
    """
    loop = runner.test_loop
    training = _training(runner.start_meta)
    detector: Any = getattr(runner.bare_model, "detector", None)
    has_detector = isinstance(detector, Detector)
    data = _data(loop.dataloader)
    own = _declared(loop)
    sides = data if "items" not in data else {"test": data}
    return {
        "config": cfg.filename,
        "config_hash": config_hash(cfg),
        "checkpoint": "untrained" if checkpoint is None else str(checkpoint),
        "checkpoint_sha256": None if checkpoint is None else file_hash(checkpoint),
        "training": training or None,
        "seed": runner.seed,
        "ranks": runner.world_size,
        "data": data,
        "model": _declared(runner.bare_model),
        **({"detector": _detector_facts(detector)} if has_detector else {}),
        "rules": _rules(getattr(loop, "evaluator", None)),
        **own,
        "warnings": [
            *warnings(training, sides),
            *(warnings(detector.weights_meta, sides, of="detector") if has_detector else ()),
            *_people_in_training(own.get("shared_people")),
        ],
        "versions": versions(),
    }


def _detector_facts(detector: Detector) -> dict[str, Any]:
    """Return whose boxes a test in two stages ranks."""
    path = detector.weights_path
    return {
        "type": type(detector).__name__,
        "checkpoint": None if path is None else str(path),
        "checkpoint_sha256": detector.weights_hash(),
        "training": _training(detector.weights_meta) or None,
    }


def _training(meta: Mapping[str, Any]) -> dict[str, Any]:
    return {key: meta[key] for key in _OF_TRAINING if key in meta}


def warnings(
    training: Mapping[str, Any], data: Mapping[str, Any], *, of: str = "model"
) -> list[str]:
    """Return why a figure should not be believed, in words.

    Args:
        training: What a checkpoint says of its training.
        data: Facts of the test data by side.
        of: What was trained.
    """
    found = []
    for key, told in _DOUBTS.items():
        whole = training.get(key) or {}
        for facts in (whole, whole.get("labelled")):  # of domain adaptation both
            if facts and any(share_people(facts, side) for side in data.values()):
                splits = ", ".join(facts.get("splits", ())) or "all"
                origin = facts.get("source") or facts.get("root")
                found.append(f"{told.format(of)} (split {splits} of {origin})")
    return found


def _people_in_training(shared: Any) -> list[str]:
    """Return a warning where people of the test data are in the training split too."""
    found = shared.get("train") if isinstance(shared, Mapping) else None
    if not found or not found["identities"]:
        return []
    return [
        f"{found['identities']} people of the test data, on {found['pictures']} pictures, are in "
        "the training split too, so the figures say little of people never seen; take a split "
        "that shares none"
    ]


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
    return {"metric": type(evaluator).__name__, **_declared(evaluator)}


def _declared(thing: Any) -> dict[str, Any]:
    """Return the words of a ``protocol`` method, if there is one."""
    declared = getattr(thing, "protocol", None)
    return {} if declared is None else dict(declared() if callable(declared) else declared)
