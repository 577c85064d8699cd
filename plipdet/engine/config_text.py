"""config_from_text: the config that a checkpoint carries, read without running any of it."""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Mapping
from typing import Any

from mmengine.config import Config

from plipdet.datasets.text import CaptionTokenizer
from plipdet.errors import InputError
from plipdet.models.backbones import TimmBackbone
from plipdet.registry import MODELS, TASKS, TRANSFORMS

_LOADERS = ("test_dataloader", "val_dataloader", "train_dataloader")
_READ = ("model", *_LOADERS)
_MAY_BE_BUILT = (TASKS, MODELS, TRANSFORMS)
_NUMBERS = {"inf": math.inf, "nan": math.nan}
_ARGUMENT_FOR_OTHERS = ("options", "checkpoint")  # of TimmBackbone: files and code of timm's own


def config_from_text(text: str, *, where: str) -> Config:
    """Return what a model and its inputs need of a config that was dumped as Python text.

    The text is parsed, never executed, and may come from anybody: only literals are understood,
    and a ``type`` only when it is registered here as a task, a model or a transform (a plug-in's,
    when the plug-in has been imported). A name that Python would have to look up elsewhere is
    refused in the model and left out of the pipelines. Weights are not read from anywhere: those
    of the checkpoint follow.

    Args:
        text: ``meta["cfg"]`` of a checkpoint.
        where: The file, for messages.

    Raises:
        InputError: If the text is not a dumped config, or its model names what is not registered.
    """
    try:
        values = _literals(text)
        if not isinstance(values.get("model"), Mapping):
            raise _UnreadError("it has no model")
        for name in ("model", *_LOADERS):
            if name in values:
                values[name] = _registered(values[name], strict=name == "model")
    except (_UnreadError, SyntaxError, RecursionError, MemoryError, ValueError) as error:
        raise InputError(
            f"the config inside {where} cannot be read without running code ({error}); name the "
            "config that the model was trained with: load_model(CONFIG, CHECKPOINT)"
        ) from error
    return Config(values)


class _UnreadError(Exception):
    """Something that only Python itself, or unknown code, could give a meaning."""


def _literals(text: str) -> dict[str, Any]:
    found = {}
    for statement in ast.parse(text).body:
        if not (
            isinstance(statement, ast.Assign)
            and len(statement.targets) == 1
            and isinstance(statement.targets[0], ast.Name)
        ):
            raise _UnreadError(f"line {statement.lineno} is no 'name = value'")
        if statement.targets[0].id in _READ:
            found[statement.targets[0].id] = _value(statement.value)
    return found


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Tuple):
        return tuple(map(_value, node.elts))
    if isinstance(node, ast.List):
        return list(map(_value, node.elts))
    if isinstance(node, ast.Dict) and None not in node.keys:
        return {_value(k): _value(v) for k, v in zip(node.keys, node.values, strict=True) if k}
    if isinstance(node, ast.Call):
        return _dict_call(node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _value(node.operand)
        if isinstance(number, (int, float)):
            return -number
    if isinstance(node, ast.Name) and node.id in _NUMBERS:
        return _NUMBERS[node.id]
    if isinstance(node, ast.Attribute):
        return ast.unparse(node)  # a class, as dumped; told from others by its name
    raise _UnreadError(f"line {node.lineno}: {ast.unparse(node)[:60]}")


def _dict_call(node: ast.Call) -> dict[Any, Any]:
    named = {k.arg: _value(k.value) for k in node.keywords if k.arg is not None}
    mappings = [_value(a) for a in node.args if isinstance(a, ast.Dict)]
    plain = isinstance(node.func, ast.Name) and node.func.id == "dict"
    if not plain or len(mappings) < len(node.args) or len(named) < len(node.keywords):
        raise _UnreadError(f"line {node.lineno}: {ast.unparse(node)[:60]}")
    return {k: v for mapping in (*mappings, named) for k, v in mapping.items()}


def _registered(value: Any, *, strict: bool) -> Any:
    """Return a config with classes in place of their names.

    Args:
        value: Literals.
        strict: Whether an unknown class is an error; else its config becomes ``None``.
    """
    if isinstance(value, (list, tuple)):
        return type(value)(_registered(item, strict=strict) for item in value)
    if not isinstance(value, Mapping):
        return value
    found = {k: _registered(v, strict=strict) for k, v in value.items()}
    if "type" not in found:
        return found
    kind = _class(str(found["type"]))
    if kind is not None:
        return _without_others({**found, "type": kind})
    if not strict:
        # What contains other configs, as a data set does, still has a pipeline to look at.
        return {k: v for k, v in found.items() if k != "type"}
    raise _UnreadError(f"it names {found['type']}, which is not registered here")


def _class(name: str) -> Any:
    """Return the registered class of a name, such as ``plipdet.models.ImageEncoder``."""
    package, _, last = name.rpartition(".")
    if last == CaptionTokenizer.__name__:
        return CaptionTokenizer
    for registry in _MAY_BE_BUILT:
        registry.import_from_location()
        found = registry.module_dict.get(last)
        if found is not None and f"{found.__module__}.".startswith(
            f"{package}." if package else ""
        ):
            return found
    return None


def _without_others(config: dict[str, Any]) -> dict[str, Any]:
    """Take weights from nowhere but the checkpoint."""
    if config["type"] is TimmBackbone:
        for name in _ARGUMENT_FOR_OTHERS:
            if config.get(name):
                raise _UnreadError(f"TimmBackbone has {name}={config[name]!r}")
    reads = "pretrained" in inspect.signature(config["type"]).parameters
    return {**config, "pretrained": False} if reads else config
