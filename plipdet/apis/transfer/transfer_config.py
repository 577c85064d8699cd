"""The config of one cell: a recipe's, with the data of a column and the encoders of a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from torch import nn

from plipdet.cli import write_json
from plipdet.datasets.text import CaptionTokenizer
from plipdet.datasets.transforms import LoadPersonImage, RandomResizedPerson, ResizePerson
from plipdet.engine.config import load_config, sources
from plipdet.errors import InputError
from plipdet.models.heads.pretext import MultiAttributeHead
from plipdet.registry import MODELS, build
from plipdet.tasks import PretrainingTask

from .transfer_rows import TransferRow
from .transfer_tasks import Column

_IMAGE, _TEXT, _BACKBONE = "image_encoder.", "text_encoder.", "image_encoder.backbone."
_SELECTION = ("val_cfg", "val_dataloader", "val_evaluator")


def recipe_config(column: Column, root: str | Path) -> Config:
    """Return a recipe's config with the column's data, which selects on none of them.

    Raises:
        InputError: If the config is wrong.
    """
    cfg = load_config(column.recipe.path, overrides=column.recipe.changes)
    for _, source in sources(cfg):
        for key in list(source):
            del source[key]
        source.update(type=column.data.source, root=str(root), **column.data.options)
    for key in _SELECTION:
        cfg.pop(key, None)
    if cfg.get("train_cfg") and "max_epochs" not in cfg["train_cfg"]:
        raise InputError(
            f"{column.recipe.path} trains by iterations; a recipe counts epochs, as its schedule "
            "is scaled by them"
        )
    checkpoints = cfg.setdefault("default_hooks", {}).setdefault("checkpoint", {})
    for key in ("save_best", "rule"):
        checkpoints.pop(key, None)
    checkpoints["max_keep_ckpts"] = 1
    if column.data.caption_length is not None:
        for node in _nodes(cfg, CaptionTokenizer):
            node["max_length"] = max(node["max_length"], column.data.caption_length)
    return cfg


def put_encoders(cfg: Config, row: TransferRow, column: Column) -> None:
    """Put a row's encoders in the place of the recipe's.

    A recipe that takes the whole image encoder over gets the whole; one that takes the backbone
    alone keeps its own pooling, on maps as wide as they are.

    Raises:
        InputError: If the task reads texts and the row does not.
    """
    model, ours = cfg["model"], row.encoders
    searches = not cfg.get("train_cfg") and column.task != "attributes"
    if searches:
        # No head takes part in a search; this one has no weights before it has met labels.
        model["type"], model["heads"] = PretrainingTask, {"labels": {"type": MultiAttributeHead}}
        if column.task == "image":
            model["text_encoder"] = None
    if "data_preprocessor" in ours:
        model["data_preprocessor"] = ours["data_preprocessor"]
    if model.get("text_encoder"):
        if not ours.get("text_encoder") or row.tokenizer is None:
            raise InputError("no text encoder")
        trains_all = model["text_encoder"].get("freeze_layers") == 0  # however many there are
        model["text_encoder"] = {
            **ours["text_encoder"],
            **({"freeze_layers": 0} if trains_all else {}),
        }
    if _IMAGE in (cfg.get("load_from_parts") or (_IMAGE,)):
        model["image_encoder"] = ours["image_encoder"]
    else:
        model["image_encoder"] = _on_backbone(ours["image_encoder"], model["image_encoder"])


def _on_backbone(ours: Mapping[str, Any], recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Return the backbone of a row under the pooling of a recipe, with its last stride."""
    backbone = dict(ours["backbone"])
    with torch.device("meta"):
        width = build(backbone, MODELS).stage_channels[-1]
        stride = recipe["backbone"].get("last_stride")
        if stride is not None:
            try:
                build({**backbone, "last_stride": stride}, MODELS)
                backbone["last_stride"] = stride
            except InputError:  # of residual networks only
                pass
    kept = {k: ours[k] for k in ("channels_last", "activation_checkpointing") if k in ours}
    return {**_plain(recipe), **kept, "backbone": backbone, "embed_dim": width}


def _plain(node: Mapping[str, Any]) -> dict[str, Any]:
    return {key: node[key] for key in node}


def put_inputs(cfg: Config, row: TransferRow) -> None:
    """Let pictures have the size, and sentences the word pieces, that a row's encoders know."""
    size = tuple(row.size)
    for node in _nodes(cfg, ResizePerson, RandomResizedPerson):
        node["size"] = size
    for node in _nodes(cfg, LoadPersonImage):
        if "min_size" in node:
            node["min_size"] = size
    for node in _nodes(cfg, CaptionTokenizer):
        if row.tokenizer is not None:
            node.update(row.tokenizer)


def parts_to_take(cfg: Config, row: TransferRow, task: nn.Module) -> tuple[str, ...]:
    """Return the starts of the names of the weights that a cell takes from its row's file.

    Args:
        cfg: The cell's config.
        row: The row.
        task: As the config builds it, without memory.

    Raises:
        InputError: If the file lacks the image encoder's backbone, or something that is tested
            untrained.
    """
    if row.checkpoint is None:
        return ()
    own = {name: tuple(value.shape) for name, value in task.state_dict().items()}
    trains = bool(cfg.get("train_cfg"))
    wanted = list(cfg.get("load_from_parts") or ()) if trains else [_IMAGE, _TEXT]
    for part in wanted:
        if part == _IMAGE and trains and not _has(row, own, part):
            wanted[wanted.index(part)] = _BACKBONE
    found = tuple(part for part in wanted if _has(row, own, part))
    lacking = [p for p in wanted if p not in found and any(name.startswith(p) for name in own)]
    needed = [p for p in lacking if not trains or p == _BACKBONE]
    if needed:
        raise InputError(f"{row.checkpoint} has no fitting weights of {', '.join(needed)}")
    return found


def write_config(cfg: Config, path: Path) -> None:
    """Write a config that the tools can be run with, classes as their names."""
    write_json(_named(cfg.to_dict()), path)


def _named(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _named(value) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return type(node)(_named(value) for value in node)
    is_code = isinstance(node, type) or callable(node)
    return f"{node.__module__}.{node.__qualname__}" if is_code else node


def _has(row: TransferRow, own: Mapping[str, tuple[int, ...]], part: str) -> bool:
    """Return whether the file has all weights of a part of the model."""
    names = [name for name in own if name.startswith(part)]
    return bool(names) and all(row.shapes.get(name) == own[name] for name in names)


def _nodes(node: Any, *kinds: type) -> Iterator[Any]:
    """Yield the configs of some classes, to be changed in place."""
    if isinstance(node, (Config, Mapping)):
        kind = node.get("type")
        names = [k.__name__ for k in kinds]
        if kind in kinds or (isinstance(kind, str) and kind.rpartition(".")[2] in names):
            yield node
        for key in list(node):
            yield from _nodes(node[key], *kinds)
    elif isinstance(node, (list, tuple)):
        for item in node:
            yield from _nodes(item, *kinds)
