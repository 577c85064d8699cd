"""load_model: a trained task, ready for use."""

from __future__ import annotations

from pathlib import Path

import torch
from mmengine.config import Config

from plipdet.engine.checkpoint import (
    check_weights,
    load_weights,
    parts_without_weights,
    read_checkpoint,
)
from plipdet.engine.config import load_config
from plipdet.errors import InputError
from plipdet.registry import TASKS, build
from plipdet.tasks import PretrainingTask


def load_model(
    config: str | Path | Config,
    checkpoint: str | Path | None,
    *,
    device: str | torch.device | None = None,
) -> PretrainingTask:
    """Return the task of a config in eval mode, with the weights of a checkpoint.

    Of a config that trains nothing, the heads are left out that the checkpoint has no weights
    for: embeddings need none, and nothing untrained shall answer.

    Args:
        config: File, or a config from :func:`plipdet.engine.config.load_config`.
        checkpoint: File of weights; ``None`` leaves them as initialised.
        device: Where to put it; ``None`` takes a GPU when there is one.

    Raises:
        InputError: If a file is missing or damaged, or the weights are another model's.
    """
    cfg = config if isinstance(config, Config) else load_config(config)
    if "model" not in cfg:
        raise InputError("the config has no 'model', so there is none to load")
    content = None if checkpoint is None else read_checkpoint(checkpoint)
    task = build(cfg["model"], TASKS)
    if content is not None:
        weights = content["state_dict"]
        strict = cfg.get("load_from_strict", True)
        apart = None if cfg.get("train_cfg") else task.not_for_predict
        check_weights(task, weights, source=str(checkpoint), strict=strict, apart=apart)
        load_weights(task, weights)
        for name in parts_without_weights(task, weights, apart) if apart else ():
            del task.heads[name]
    chosen = device or ("cuda" if torch.cuda.is_available() else "cpu")
    return task.to(chosen).eval()
