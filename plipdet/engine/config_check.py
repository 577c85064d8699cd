"""Checking a whole config against what takes its values, before anything is built."""

from __future__ import annotations

import ast
import difflib
import inspect
import types
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import mmengine.runner as loops
import torch
from mmengine.config import Config
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from mmengine.registry import Registry
from mmengine.runner import LogProcessor, Runner
from torch.utils.data import DataLoader

from plipdet import registry as ours
from plipdet.datasets import ClusterSampler, IdentitySampler
from plipdet.engine import registries as engines
from plipdet.engine.signatures import Signature
from plipdet.errors import InputError, near

# Read by the runner from the whole config, beside its arguments; the last two by other tools.
_FURTHER_KEYS = frozenset(
    "compile sync_bn find_unused_parameters activation_checkpointing efficient_conv_bn_eval "
    "model_wrapper_cfg custom_imports load_from_strict load_from_parts tta_model "
    "tta_pipeline".split()
)
_CHILD_REGISTRIES: dict[str, Registry] = {
    "source": ours.SOURCES,
    "sources": ours.SOURCES,
    "images": ours.IMAGE_STORES,
    "pipeline": ours.TRANSFORMS,
    "plain_pipeline": ours.TRANSFORMS,
    "transforms": ours.TRANSFORMS,
    "tokenizer": ours.TRANSFORMS,
    "dataset": ours.DATASETS,
    "datasets": ours.DATASETS,
    "labelled": ours.DATASETS,
    "unlabelled": ours.DATASETS,
    "data_preprocessor": ours.MODELS,
    "vis_backends": engines.VISBACKENDS,
    "metrics": ours.METRICS,
    "rerank": ours.RERANKERS,
}
# Options whose names belong to another package; the class checks them itself when built.
_OPAQUE = {("MMPretrainBackbone", "backbone")}
_PARAMWISE = (
    "custom_keys bias_lr_mult bias_decay_mult norm_decay_mult dwconv_decay_mult flat_decay_mult "
    "bypass_duplicate dcn_offset_lr_mult layer_decay"
).split()
_CLIPPING = ("type", "max_norm", "norm_type", "error_if_nonfinite", "foreach", "clip_value")
# Of retrieval, and of attributes that are scored by a head that was not trained.
_SIDES = ("query", "gallery", "labelled", "reference")
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_PLAIN_SETTINGS: dict[str, tuple[str, ...]] = {
    "env_cfg": ("cudnn_benchmark", "mp_cfg", "dist_cfg", "resource_limit"),
    "randomness": ("seed", "diff_rank_seed", "deterministic"),
    "auto_scale_lr": ("enable", "base_batch_size"),
}


def check_config(cfg: Config | Mapping[str, Any]) -> None:
    """Check every key and every ``type`` of a config.

    Raises:
        InputError: If a setting is unknown or a class lacks an option; the message has its path
            in the config, as ``--cfg-options`` writes it, and the nearest known name.
    """
    _check_top_level(cfg)
    for key, check in _CHECKS.items():
        value = cfg.get(key)
        if value is not None:
            check(value, key)
    for key, known in _PLAIN_SETTINGS.items():
        if cfg.get(key) is not None:
            _check_known(cfg[key], key, known)
    _check_sharding(cfg)
    seed = (cfg.get("randomness") or {}).get("seed")
    if seed is not None and not (isinstance(seed, int) and 0 <= seed < 2**32):
        raise InputError(
            f"randomness.seed is {seed!r}; expected a whole number from 0 to 2**32 - 1"
        )
    level = cfg.get("log_level")
    if level is not None and level not in _LOG_LEVELS:
        raise InputError(f"log_level is {level!r}{near(str(level), _LOG_LEVELS)}; {_LOG_LEVELS}")


# --- top level ------------------------------------------------------------------------------


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


def _check_top_level(cfg: Config | Mapping[str, Any]) -> None:
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


def _refuse_scalar(node: Any, where: str) -> None:
    if isinstance(node, (bool, int, float, str)):
        raise InputError(
            f"{where} is {node!r}; expected a dict (see the configs in configs/_base_)"
        )


def _check_known(node: Mapping[str, Any], where: str, known: Collection[str]) -> None:
    _refuse_scalar(node, where)
    for key in node:
        if key not in known:
            match = difflib.get_close_matches(str(key), list(known), n=1, cutoff=0.5)
            hint = f"did you mean {match[0]!r}?" if match else f"it knows {sorted(known)}"
            raise InputError(f"{where} has no setting {key!r}; {hint}")


# --- objects --------------------------------------------------------------------------------


def _check_object(
    node: Any,
    where: str,
    registry: Registry,
    *,
    default: Any = None,
    extra: Collection[str] = (),
    supplied: Collection[str] | None = (),
) -> None:
    _refuse_scalar(node, where)
    if not isinstance(node, Mapping):
        return  # a built object
    kind = node.get("type", default)
    if kind is None:
        raise InputError(f"{where} needs a 'type'; its keys are {sorted(map(str, node))}")
    try:
        cls = ours.resolve(kind, registry)
    except InputError as error:
        raise InputError(f"{where}.type: {error}") from None
    arguments = {k: v for k, v in node.items() if k not in ("type", "_scope_")}
    Signature(cls).check(arguments, where=where, extra=extra, supplied=supplied)
    if registry is ours.TASKS:
        registry = ours.MODELS  # of which its parts are
    for key, value in arguments.items():
        if key not in extra and (getattr(cls, "__name__", ""), key) not in _OPAQUE:
            _check_children(value, f"{where}.{key}", _CHILD_REGISTRIES.get(key, registry), cls)


def _check_children(value: Any, where: str, registry: Registry, parent: Any) -> None:
    if isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            _check_children(item, f"{where}.{number}", registry, parent)
    elif isinstance(value, Mapping) and "type" in value:
        if _must_be_known(value["type"], registry, parent):
            _check_object(value, where, registry, supplied=_filled_by_parent(registry))
    elif isinstance(value, Mapping):
        typed = [k for k, v in value.items() if isinstance(v, Mapping) and "type" in v]
        for key, item in value.items():
            if typed and isinstance(item, Mapping) and key not in typed:
                raise InputError(
                    f"{where}.{key} needs a 'type', as its neighbours have{near(key, typed)}"
                )
            _check_children(item, f"{where}.{key}", registry, parent)


def _filled_by_parent(registry: Registry) -> tuple[str, ...] | None:
    # Encoders give their heads the widths, a visualizer its backends the folder.
    return None if registry in (ours.MODELS, ours.TASKS, engines.VISBACKENDS) else ()


def _must_be_known(kind: Any, registry: Registry, parent: Any) -> bool:
    if not isinstance(kind, str):
        return callable(kind)
    if str(getattr(parent, "__module__", "")).startswith(("plipdet.", "mmengine.")):
        return True
    # A plug-in's class may have names of its own there; but a near miss is a mistake.
    known = [name for r in (registry, registry.parent) if r for name in r.module_dict]
    return bool(difflib.get_close_matches(kind, known, n=1, cutoff=0.75))


# --- settings of the runner -----------------------------------------------------------------


def _check_loaders(node: Any, where: str) -> None:
    if isinstance(node, Mapping) and "dataset" not in node:
        sides = [k for k in node if isinstance(node[k], Mapping) and "dataset" in node[k]]
        if sides:
            _check_known(node, where, _SIDES)
            for side in sides:
                _check_loader(node[side], f"{where}.{side}")
            return
    _check_loader(node, where)


def _check_loader(node: Any, where: str) -> None:
    _refuse_scalar(node, where)
    if not isinstance(node, Mapping):
        return
    objects = {"dataset", "sampler", "batch_sampler", "collate_fn", "worker_init_fn"}
    extra = {*objects, "num_batch_per_epoch", "disable_subprocess_warning"}
    Signature(DataLoader).check(node, where=where, extra=extra, supplied=("dataset",))
    for key in ("dataset", "sampler"):
        if key not in node:
            raise InputError(f"{where} needs a {key!r}; its keys are {sorted(node)}")
    for key, least in (("batch_size", 1), ("num_workers", 0)):
        if isinstance(node.get(key), int) and node[key] < least:
            raise InputError(f"{where}.{key} is {node[key]}; the least is {least}")
    _check_object(node["dataset"], f"{where}.dataset", ours.DATASETS)
    handed_on = {"drop_last"} & set(node)  # to a batch sampler, by the runner
    samplers = ("dataset", "seed", "sampler", "batch_size", *handed_on)
    for key in ("sampler", "batch_sampler"):
        _check_object(node.get(key), f"{where}.{key}", ours.DATA_SAMPLERS, supplied=samplers)
    for key in ("collate_fn", "worker_init_fn"):
        _check_object(node.get(key), f"{where}.{key}", engines.FUNCTIONS, supplied=None)
    _check_identity_batches(node, where)


def _check_identity_batches(node: Mapping[str, Any], where: str) -> None:
    """See that the loader cuts a sampler's identities where they end."""
    sampler = node["sampler"]
    if not isinstance(sampler, Mapping):
        return
    kind = ours.resolve(sampler["type"], ours.DATA_SAMPLERS)
    if kind not in (IdentitySampler, ClusterSampler):
        return
    if node.get("batch_sampler") is not None:
        raise InputError(
            f"{where} has {kind.__name__} and a batch_sampler, which exclude each other: its "
            "batches of P people with K pictures each would be torn apart; leave one out"
        )
    identities, images = sampler["identities"], sampler["images"]
    if node.get("batch_size", 1) != identities * images:
        raise InputError(
            f"{where}.batch_size is {node.get('batch_size', 1)}; {kind.__name__}(identities="
            f"{identities}, images={images}) needs {identities * images}"
        )


def _check_loop(default: Any) -> Callable[[Any, str], None]:
    def check(node: Any, where: str) -> None:
        _refuse_scalar(node, where)
        if not isinstance(node, Mapping):
            return
        for key in ("max_epochs", "max_iters", "val_interval"):
            if isinstance(node.get(key), int) and node[key] < 1:
                raise InputError(f"{where}.{key} is {node[key]}; the least is 1")
        loop = default
        if where == "train_cfg" and not node.get("by_epoch", True):
            loop = loops.IterBasedTrainLoop
        extra = ("by_epoch",) if where == "train_cfg" and "type" not in node else ()
        supplied = ("runner", "dataloader", "evaluator")
        _check_object(node, where, ours.LOOPS, default=loop, extra=extra, supplied=supplied)

    return check


def _check_optim_wrapper(node: Any, where: str) -> None:
    _refuse_scalar(node, where)
    if not isinstance(node, Mapping):
        return
    if "optimizer" not in node:
        if "constructor" not in node:
            raise InputError(f"{where} needs an 'optimizer'; its keys are {sorted(node)}")
        return  # several optimizers, which their own constructor reads
    extra = ("constructor", "paramwise_cfg", "optimizer")
    _check_object(node, where, engines.OPTIM_WRAPPERS, default=OptimWrapper, extra=extra)
    params = ("params",)
    _check_object(node["optimizer"], f"{where}.optimizer", ours.OPTIMIZERS, supplied=params)
    if node["optimizer"].get("foreach") and node["optimizer"].get("fused"):
        raise InputError(f"{where}.optimizer takes foreach or fused, not both; leave out foreach")
    if isinstance(node.get("clip_grad"), Mapping):
        _check_known(node["clip_grad"], f"{where}.clip_grad", _CLIPPING)
    paramwise = node.get("paramwise_cfg")
    if isinstance(paramwise, Mapping) and "constructor" not in node:
        _check_known(paramwise, f"{where}.paramwise_cfg", _PARAMWISE)
        for key, rule in (paramwise.get("custom_keys") or {}).items():
            place = f"{where}.paramwise_cfg.custom_keys.{key}"
            _check_known(rule, place, ("lr_mult", "decay_mult"))


def _check_compile(node: Any, where: str) -> None:
    if isinstance(node, bool):
        return
    if not isinstance(node, Mapping):
        raise InputError(f"{where} is {node!r}; expected True, False or a dict for torch.compile")
    Signature(torch.compile).check(node, where=where, supplied=("model",))


def _refuse_wrapping(node: Any, where: str) -> None:
    raise InputError(
        f"{where}: MMEngine's way trains no layer before the first trained one; set "
        "model.image_encoder.activation_checkpointing=True, "
        "model.text_encoder.activation_checkpointing=True, or both"
    )


def _check_model_wrapper(node: Any, where: str) -> None:
    kind = node.get("type") if isinstance(node, Mapping) else None
    if "MMFullyShardedDataParallel" in (kind, getattr(kind, "__name__", None)):
        raise InputError(
            f"{where}.type: MMFullyShardedDataParallel keeps weights that checkpoints here cannot "
            "hold; use 'FullySharded'"
        )
    ddp = MMDistributedDataParallel
    _check_object(node, where, engines.MODEL_WRAPPERS, default=ddp, supplied=("module",))


def _check_sharding(cfg: Config | Mapping[str, Any]) -> None:
    """See that nothing is asked for beside sharded parameters that needs whole ones."""
    wrapper = cfg.get("model_wrapper_cfg")
    kind = wrapper.get("type") if isinstance(wrapper, Mapping) else None
    if "FullySharded" not in (kind, getattr(kind, "__name__", None)):
        return
    model, optim_wrapper = cfg.get("model") or {}, cfg.get("optim_wrapper") or {}
    for setting, instead, found in (
        ("model.micro_batch_size", "use activation_checkpointing", model.get("micro_batch_size")),
        ("compile", "leave it out", cfg.get("compile")),
        ("dtype 'float16'", "use 'bfloat16'", optim_wrapper.get("dtype") == "float16"),
    ):
        if found:
            raise InputError(
                f"{setting} needs whole parameters on each rank, which model_wrapper_cfg shards; "
                f"{instead}, or leave model_wrapper_cfg out"
            )


def _check_each(check: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
    def check_all(node: Any, where: str) -> None:
        if isinstance(node, (list, tuple)):
            for number, item in enumerate(node):
                check(item, f"{where}.{number}")
        else:
            check(node, where)

    return check_all


def _check_scheduler(node: Any, where: str) -> None:
    _refuse_scalar(node, where)
    if isinstance(node, Mapping) and "type" not in node:
        for name, some in node.items():  # one list for each of several optimizers
            _check_each(_check_scheduler)(some, f"{where}.{name}")
        return
    extra = ("convert_to_iter_based",)
    registry = engines.PARAM_SCHEDULERS
    _check_object(node, where, registry, extra=extra, supplied=("optimizer", "end"))


def _check_hook(node: Any, where: str) -> None:
    _check_object(node, where, ours.HOOKS, extra=("priority",))


def _check_default_hooks(node: Any, where: str) -> None:
    _refuse_scalar(node, where)
    named = [k for k, hook in node.items() if not isinstance(hook, Mapping) or "type" in hook]
    for name, hook in node.items():
        if name not in named:
            hint = near(name, named)
            raise InputError(f"{where}.{name} needs a 'type'; it has {sorted(hook)}{hint}")
        _check_hook(hook, f"{where}.{name}")


def _check_evaluator(node: Any, where: str) -> None:
    if isinstance(node, Mapping) and "metrics" in node:
        _check_each(_check_evaluator)(node["metrics"], f"{where}.metrics")
    else:
        _check_object(node, where, ours.METRICS)


def _check_kind(
    registry: Registry, default: Any = None, supplied: Collection[str] | None = ()
) -> Callable[[Any, str], None]:
    def check(node: Any, where: str) -> None:
        _check_object(node, where, registry, default=default, supplied=supplied)

    return check


_CHECKS: dict[str, Callable[[Any, str], None]] = {
    "model": _check_kind(ours.TASKS, supplied=("data_preprocessor",)),
    "data_preprocessor": _check_kind(ours.MODELS),
    "train_dataloader": _check_loaders,
    "val_dataloader": _check_loaders,
    "test_dataloader": _check_loaders,
    "train_cfg": _check_loop(loops.EpochBasedTrainLoop),
    "val_cfg": _check_loop(loops.ValLoop),
    "test_cfg": _check_loop(loops.TestLoop),
    "optim_wrapper": _check_optim_wrapper,
    "model_wrapper_cfg": _check_model_wrapper,
    "param_scheduler": _check_each(_check_scheduler),
    "compile": _check_compile,
    "activation_checkpointing": _refuse_wrapping,
    "val_evaluator": _check_each(_check_evaluator),
    "test_evaluator": _check_each(_check_evaluator),
    "default_hooks": _check_default_hooks,
    "custom_hooks": _check_each(_check_hook),
    "visualizer": _check_kind(ours.VISUALIZERS),
    "log_processor": _check_kind(engines.LOG_PROCESSORS, default=LogProcessor),
}
