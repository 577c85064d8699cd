"""The names at the top of a config: settings of the runner, and variables."""

from __future__ import annotations

import ast
import difflib
import inspect
import types
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.runner import Runner

from plipdet.errors import InputError

# Read by the runner from the whole config, beside its arguments; the last two by other tools.
_FURTHER_KEYS = frozenset(
    "compile sync_bn find_unused_parameters activation_checkpointing efficient_conv_bn_eval "
    "model_wrapper_cfg custom_imports load_from_strict load_from_parts tta_model "
    "tta_pipeline".split()
)


@cache
def known_keys() -> frozenset[str]:
    """Return the settings that the runner reads."""
    arguments = set(inspect.signature(Runner.__init__).parameters) - {"self", "cfg"}
    return frozenset(arguments) | _FURTHER_KEYS


def helper_names(cfg: Config | Mapping[str, Any]) -> set[str]:
    """Return the variables of a config that are no settings, such as ``train_pipeline``."""
    imported = getattr(cfg, "_imported_names", ()) if isinstance(cfg, Config) else ()
    not_data = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType)
    names = {k for k in cfg if k not in known_keys() and not k.startswith("_")}
    return {k for k in names if k not in imported and not isinstance(cfg[k], not_data)}


def check_keys(cfg: Config | Mapping[str, Any]) -> None:
    """Check that each name is a setting, or a variable that something uses.

    Raises:
        InputError: If one is neither.
    """
    read = _names_read(getattr(cfg, "filename", None))
    settings = [cfg[k] for k in cfg if k in known_keys()]
    for name in helper_names(cfg) - read:
        value = cfg[name]
        settings_here = known_keys() - {"tta_model", "tta_pipeline"}
        match = difflib.get_close_matches(name, settings_here, n=1, cutoff=0.75)
        structured = isinstance(value, (Mapping, list, tuple))
        if structured and any(_contains(setting, value) for setting in settings):
            continue  # a variable of a dumped config, whose uses are written out
        if match:
            raise InputError(f"{name}: the runner has no such setting; did you mean {match[0]!r}?")
        if isinstance(value, Mapping) and value and name in _assigned(cfg):
            raise InputError(
                f"{name}: the runner has no such setting and nothing in the config uses it; "
                f"remove it, or name it _{name} to keep it"
            )


def _contains(node: Any, value: Any) -> bool:
    if node == value:
        return True
    if isinstance(node, Mapping):
        return any(_contains(child, value) for child in node.values())
    return isinstance(node, (list, tuple)) and any(_contains(child, value) for child in node)


def _names_read(filename: str | None) -> set[str]:
    return {n.id for n in _names(filename) if isinstance(n.ctx, ast.Load)}


def _assigned(cfg: Config | Mapping[str, Any]) -> set[str]:
    filename = getattr(cfg, "filename", None)
    return (
        {n.id for n in _names(filename) if isinstance(n.ctx, ast.Store)} if filename else set(cfg)
    )


def _names(filename: str | None) -> Iterator[ast.Name]:
    if filename and filename.endswith(".py") and Path(filename).is_file():
        tree = ast.parse(Path(filename).read_text(encoding="utf-8"))
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.Name))
