"""The settings of the runner that are more than an object with a type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mmengine.runner as loops
import torch
from mmengine.config import Config
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from mmengine.runner import LogProcessor

from plipdet import registry as ours
from plipdet.engine import registries as engines
from plipdet.engine.signatures import Signature
from plipdet.errors import InputError, near

from .loaders import check_loaders
from .typed_objects import (
    Check,
    check_each,
    check_kind,
    check_known,
    check_object,
    refuse_scalar,
)

_PARAMWISE = (
    "custom_keys bias_lr_mult bias_decay_mult norm_decay_mult dwconv_decay_mult flat_decay_mult "
    "bypass_duplicate dcn_offset_lr_mult layer_decay"
).split()
_CLIPPING = ("type", "max_norm", "norm_type", "error_if_nonfinite", "foreach", "clip_value")


def _check_loop(default: Any) -> Check:
    def check(node: Any, where: str) -> None:
        refuse_scalar(node, where)
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
        check_object(node, where, ours.LOOPS, default=loop, extra=extra, supplied=supplied)

    return check


def _check_optim_wrapper(node: Any, where: str) -> None:
    refuse_scalar(node, where)
    if not isinstance(node, Mapping):
        return
    if "optimizer" not in node:
        if "constructor" not in node:
            raise InputError(f"{where} needs an 'optimizer'; its keys are {sorted(node)}")
        return  # several optimizers, which their own constructor reads
    extra = ("constructor", "paramwise_cfg", "optimizer")
    check_object(node, where, engines.OPTIM_WRAPPERS, default=OptimWrapper, extra=extra)
    params = ("params",)
    check_object(node["optimizer"], f"{where}.optimizer", ours.OPTIMIZERS, supplied=params)
    if node["optimizer"].get("foreach") and node["optimizer"].get("fused"):
        raise InputError(f"{where}.optimizer takes foreach or fused, not both; leave out foreach")
    if isinstance(node.get("clip_grad"), Mapping):
        check_known(node["clip_grad"], f"{where}.clip_grad", _CLIPPING)
    paramwise = node.get("paramwise_cfg")
    if isinstance(paramwise, Mapping) and "constructor" not in node:
        check_known(paramwise, f"{where}.paramwise_cfg", _PARAMWISE)
        for key, rule in (paramwise.get("custom_keys") or {}).items():
            place = f"{where}.paramwise_cfg.custom_keys.{key}"
            check_known(rule, place, ("lr_mult", "decay_mult"))


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
    check_object(node, where, engines.MODEL_WRAPPERS, default=ddp, supplied=("module",))


def check_sharding(cfg: Config | Mapping[str, Any]) -> None:
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


def _check_scheduler(node: Any, where: str) -> None:
    refuse_scalar(node, where)
    if isinstance(node, Mapping) and "type" not in node:
        for name, some in node.items():  # one list for each of several optimizers
            check_each(_check_scheduler)(some, f"{where}.{name}")
        return
    extra = ("convert_to_iter_based",)
    registry = engines.PARAM_SCHEDULERS
    check_object(node, where, registry, extra=extra, supplied=("optimizer", "end"))


def _check_hook(node: Any, where: str) -> None:
    check_object(node, where, ours.HOOKS, extra=("priority",))


def _check_default_hooks(node: Any, where: str) -> None:
    refuse_scalar(node, where)
    named = [k for k, hook in node.items() if not isinstance(hook, Mapping) or "type" in hook]
    for name, hook in node.items():
        if name not in named:
            hint = near(name, named)
            raise InputError(f"{where}.{name} needs a 'type'; it has {sorted(hook)}{hint}")
        _check_hook(hook, f"{where}.{name}")


def _check_evaluator(node: Any, where: str) -> None:
    if isinstance(node, Mapping) and "metrics" in node:
        check_each(_check_evaluator)(node["metrics"], f"{where}.metrics")
    else:
        check_object(node, where, ours.METRICS)


CHECKS: dict[str, Check] = {
    "model": check_kind(ours.TASKS, supplied=("data_preprocessor",)),
    "data_preprocessor": check_kind(ours.MODELS),
    "train_dataloader": check_loaders,
    "val_dataloader": check_loaders,
    "test_dataloader": check_loaders,
    "train_cfg": _check_loop(loops.EpochBasedTrainLoop),
    "val_cfg": _check_loop(loops.ValLoop),
    "test_cfg": _check_loop(loops.TestLoop),
    "optim_wrapper": _check_optim_wrapper,
    "model_wrapper_cfg": _check_model_wrapper,
    "param_scheduler": check_each(_check_scheduler),
    "compile": _check_compile,
    "activation_checkpointing": _refuse_wrapping,
    "val_evaluator": check_each(_check_evaluator),
    "test_evaluator": check_each(_check_evaluator),
    "default_hooks": _check_default_hooks,
    "custom_hooks": check_each(_check_hook),
    "visualizer": check_kind(ours.VISUALIZERS),
    "log_processor": check_kind(engines.LOG_PROCESSORS, default=LogProcessor),
}
