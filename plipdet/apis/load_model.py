"""load_model: a trained task, ready for use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from mmengine.config import Config

from plipdet.engine.checkpoint import (
    check_weights,
    load_weights,
    parts_without_weights,
    read_checkpoint,
)
from plipdet.engine.config import load_config
from plipdet.engine.config_text import config_from_text
from plipdet.errors import InputError
from plipdet.registry import TASKS, build
from plipdet.tasks import PersonTask
from plipdet.tasks.scene_task import SceneTask

from .model_inputs import ModelInputs
from .model_names import config_path
from .scene_inputs import SceneInputs

_NOT_GIVEN: Final = "not given"
_WEIGHTS = (".pth", ".pt", ".tar", ".safetensors")


def load_model(
    config: str | Path | Config | None = None,
    checkpoint: str | Path | None = _NOT_GIVEN,
    *,
    device: str | torch.device | None = None,
) -> PersonTask:
    """Return a task in eval mode, with the weights of a checkpoint.

    Heads are left out that the checkpoint has no weights for: embeddings need none, and nothing
    untrained shall answer. What turns pictures and sentences into the model's inputs comes along,
    for :func:`embed_images` and :func:`embed_texts`::

        model = load_model("plip_r50", "plip_r50.safetensors")
        model = load_model(checkpoint="work_dirs/pretrain_r50/epoch_70.pth")  # its own config

    Args:
        config: Name of a model (see ``tools/list.py --kind MODEL_NAMES``), path of a config, or
            one from :func:`plipdet.engine.config.load_config`. ``None`` takes the config that the
            checkpoint carries; it is read as text, see
            :func:`plipdet.engine.config_text.config_from_text`.
        checkpoint: File of weights; ``None`` leaves them as initialised.
        device: Where to put it; ``None`` takes a GPU when there is one.

    Raises:
        InputError: If a file is missing or damaged, the weights are another model's, the device is
            not here, or the checkpoint carries no config that can be read.
    """
    if checkpoint == _NOT_GIVEN:
        raise InputError(_without_checkpoint(config))
    content = None if checkpoint is None else read_checkpoint(checkpoint)
    if config is None:
        cfg = config_inside(content, str(checkpoint))
    else:
        cfg = config if isinstance(config, Config) else load_config(config_path(config))
    if "model" not in cfg:
        raise InputError("the config has no 'model', so there is none to load")
    task = build(cfg["model"], TASKS)
    if content is not None:
        weights = content["state_dict"]
        strict, apart = cfg.get("load_from_strict", True), task.not_for_predict
        task.meet_weights(weights)
        check_weights(task, weights, source=str(checkpoint), strict=strict, apart=apart)
        load_weights(task, weights)
        for name in parts_without_weights(task, weights, apart):
            del task.heads[name]
    (SceneInputs if isinstance(task, SceneTask) else ModelInputs).attach(task, cfg)
    chosen = device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return task.to(chosen).eval()
    except (RuntimeError, AssertionError) as error:  # PyTorch's for no such device, and none built
        raise InputError(
            f"the model cannot go to device {str(chosen)!r}: {str(error).splitlines()[0]}; name "
            "one that is here, such as cpu"
        ) from error


def _without_checkpoint(config: Any) -> str:
    if str(config).endswith(_WEIGHTS):
        return f"{config} is no config; for the one inside it write load_model(checkpoint=...)"
    return "load_model needs a checkpoint; None in its place leaves the weights as initialised"


def config_inside(content: Mapping[str, Any] | None, source: str) -> Config:
    """Return the config that a checkpoint carries, read as text.

    Args:
        content: The checkpoint.
        source: The file's name, for messages.

    Raises:
        InputError: If there is none, or it cannot be read without running code.
    """
    if content is None:
        raise InputError("load_model needs a config, or a checkpoint that carries one")
    text = content.get("meta", {}).get("cfg")
    if not isinstance(text, str):
        raise InputError(
            f"{source} carries no config, only weights; name the one it was trained with: "
            "load_model(CONFIG, CHECKPOINT)"
        )
    return config_from_text(text, where=source)
