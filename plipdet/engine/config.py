"""Configs: load one, change it from the command line, and check it before anything is built."""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config, DictAction
from mmengine.utils import import_modules_from_strings

from plipdet.datasets.sources import PersonSource
from plipdet.engine.config_check import check_config
from plipdet.engine.config_checks import helper_names, known_keys
from plipdet.errors import InputError, near
from plipdet.registry import SOURCES, resolve

__all__ = [
    "check_config",
    "config_hash",
    "for_testing",
    "load_config",
    "parse_overrides",
    "set_data_root",
    "sources",
]

_SUFFIXES = (".py", ".json", ".yaml", ".yml")
_OF_TRAINING = (
    *("train_cfg", "train_dataloader", "optim_wrapper", "param_scheduler", "auto_scale_lr"),
    *("val_cfg", "val_dataloader", "val_evaluator", "load_from_parts"),
)


def load_config(
    path: str | Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    data_root: str | Path | None = None,
    work_dir: str | Path | None = None,
) -> Config:
    """Read a config, change it as the command line asks, and check all of it.

    Args:
        path: The file.
        overrides: New values by dotted path, as ``--cfg-options`` gives them.
        data_root: Folder that every source is to read from; ``None`` leaves the config's own.
        work_dir: Folder for checkpoints and logs; ``None`` is the config's own, else
            ``work_dirs/<name of the config>``.

    Returns:
        The config, with ``work_dir`` set.

    Raises:
        InputError: If the file is missing or wrong, or something in it has no such option; the
            message says where.
    """
    path = Path(path)
    cfg = _read(path)
    try:
        _import_extensions(cfg)
        _override(cfg, overrides or {})
        if data_root is not None:
            set_data_root(cfg, data_root)
        check_config(cfg)
    except ImportError as error:
        raise InputError(_import_problem(error, path)) from error
    cfg["work_dir"] = str(work_dir or cfg.get("work_dir") or Path("work_dirs") / path.stem)
    return cfg


def _read(path: Path) -> Config:
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a config in it{_configs_in(path)}")
    if not path.is_file():
        raise InputError(f"there is no config {path}{_neighbours(path)}")
    if path.suffix not in _SUFFIXES:
        raise InputError(f"{path} is no config; expected a file ending in {', '.join(_SUFFIXES)}")
    try:
        return Config.fromfile(str(path))
    except SyntaxError as error:
        where = f"{_parsed_file(error, path)}, line {error.lineno}"
        raise InputError(f"{where}: {error.msg}: {(error.text or '').strip()}") from error
    except Exception as error:  # a config is code: it can raise anything
        raise InputError(f"{_line_of(error, path)}: {_in_words(error)}") from error


def _parsed_file(error: SyntaxError, path: Path) -> str:
    """Return the file with the error, the config's or a base's, which MMEngine parses as text."""
    found, trace = str(path), error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_name == "_parse_lazy_import":
            found = str(trace.tb_frame.f_locals.get("filename", found))
        trace = trace.tb_next
    return found


def _line_of(error: Exception, path: Path) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    folder = str(path.resolve().parent.parent)
    own = [f for f in frames if f.filename == str(path) or "/configs/" in f.filename]
    own = own or [f for f in frames if str(Path(f.filename).resolve()).startswith(folder)]
    return f"{own[-1].filename}, line {own[-1].lineno}" if own else str(path)


def _in_words(error: Exception) -> str:
    text = re.sub(r"\s+", " ", str(error))
    return (
        text if type(error).__name__ == "ConfigParsingError" else f"{type(error).__name__}: {text}"
    )


def _neighbours(path: Path) -> str:
    if not path.parent.is_dir():
        return f"; there is no folder {path.parent}"
    names = [p.name for p in path.parent.iterdir() if p.suffix in _SUFFIXES]
    return near(path.name, names) or _configs_in(path.parent)


def _configs_in(folder: Path) -> str:
    names = sorted(p.name for p in folder.iterdir() if p.suffix in _SUFFIXES)
    return f"; {folder} has {names[:8]}" if names else ""


def _import_extensions(cfg: Config) -> None:
    # Config.fromfile does this for configs of the old style only.
    extensions = cfg.get("custom_imports")
    if extensions:
        import_modules_from_strings(**extensions)


def _import_problem(error: ImportError, path: Path) -> str:
    text = re.sub(r"\s+", " ", str(error))
    found = re.match(r"Failed to import (\S+) from (\S+)", text)
    hint = ""
    if found:
        hint = near(found[1], dir(importlib.import_module(found[2])))
    return f"{path} imports something that is not there: {text}{hint}"


# --- command line ---------------------------------------------------------------------------


def parse_overrides(options: list[str]) -> dict[str, Any]:
    """Return the values of ``KEY=VALUE`` arguments, numbers and lists read as such.

    Raises:
        InputError: If an argument has no ``=``, or its brackets do not match.
    """
    values: dict[str, Any] = {}
    for option in options:
        key, equals, text = option.partition("=")
        if not key or not equals:
            raise InputError(f"--cfg-options takes KEY=VALUE pairs, not {option!r}")
        try:
            values[key] = DictAction._parse_iterable(text)
        except AssertionError as error:
            raise InputError(f"--cfg-options {option}: {error}") from error
    return values


def _override(cfg: Config, overrides: Mapping[str, Any]) -> None:
    for key, value in overrides.items():
        top = key.split(".", 1)[0]
        if top in helper_names(cfg):
            raise InputError(
                f"--cfg-options {key}: {top!r} only helps to write the config, and what it made "
                "is already there; name the setting itself, as in "
                "train_dataloader.dataset.source.root (or use --data-root)"
            )
        if top not in cfg and top not in known_keys():
            raise InputError(f"--cfg-options {key}: no setting {top!r}{near(top, known_keys())}")
        try:
            cfg.merge_from_dict({key: value})
        except (KeyError, TypeError, IndexError, ValueError) as error:
            raise InputError(f"--cfg-options {key}={value} does not fit: {error}") from error


# --- data -----------------------------------------------------------------------------------


def sources(cfg: Any, *, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (path in the config, config) of each source."""
    if isinstance(cfg, (Config, Mapping)):
        if _is_source(cfg, path):
            yield path, cfg  # type: ignore[misc]
            return
        for key in cfg:
            yield from sources(cfg[key], path=f"{path}.{key}" if path else str(key))
    elif isinstance(cfg, (list, tuple)):
        for number, item in enumerate(cfg):
            yield from sources(item, path=f"{path}.{number}")


def _is_source(node: Any, path: str) -> bool:
    if "type" not in node:
        return False
    kind = node["type"]
    if isinstance(kind, str) and "source" not in path.rsplit(".", 1)[-1]:
        return kind in SOURCES.module_dict
    return resolve(kind, SOURCES) in SOURCES.module_dict.values() or "root" in node


def set_data_root(cfg: Config, root: str | Path) -> None:
    """Point every source of a config at another folder.

    Args:
        cfg: Changed in place.
        root: A data set's own folder, or the folder that holds several.

    Raises:
        InputError: If there is no such folder, or the config reads no data.
    """
    if Path(root).is_file():
        raise InputError(f"--data-root {root} is a file; name the folder that holds the data sets")
    found = [source for _, source in sources(cfg)]
    if not found:
        raise InputError("--data-root: this config reads from no source")
    if not Path(root).exists():
        kind = resolve(found[0]["type"], SOURCES)
        if isinstance(kind, type) and issubclass(kind, PersonSource):
            kind(root).folder()  # draws what should be there
        raise InputError(f"--data-root {root} does not exist")
    for source in found:
        source["root"] = str(root)


def for_testing(cfg: Config) -> Config:
    """Return a config without what trains, so that a test looks for no training data."""
    kept = cfg.copy()
    for key in _OF_TRAINING:
        kept.pop(key, None)
    return kept


def config_hash(cfg: Config) -> str:
    """Return 16 hex digits that change with any setting, but not with folders of this machine."""
    plain = cfg.to_dict()
    places = ("work_dir", "load_from", "resume", "launcher")
    kept = {k: v for k, v in plain.items() if k in known_keys() and k not in places}
    for _, source in sources(kept):
        source.pop("root", None)
    text = json.dumps(kept, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
