"""PLIPRunner: MMEngine's Runner where it falls short of safe, resumable runs on any device."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator, Mapping, Sized
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.hooks import CheckpointHook, EMAHook, Hook
from mmengine.model import BaseModule, MMDistributedDataParallel, is_model_wrapper
from mmengine.optim import OptimWrapper
from mmengine.runner import BaseLoop, EpochBasedTrainLoop, IterBasedTrainLoop, Runner
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

from plipdet.distributed import world_size
from plipdet.distributed.process_group import start_process_group
from plipdet.engine import checkpoint as files
from plipdet.engine import work_folder
from plipdet.engine.checkpointed_runner import CheckpointedRunner
from plipdet.engine.compilation import compile_parts
from plipdet.engine.hooks import (
    AtomicCheckpointHook,
    MeanBuffersHook,
    NonFiniteHook,
    PreemptionHook,
    ProgressBarHook,
    SteadyEMAHook,
    TrainingScalarsHook,
    UnreadableImagesHook,
)
from plipdet.engine.loops import ResumableEpochLoop, ResumableIterLoop, ResumableLoop
from plipdet.engine.optim import PersonOptimWrapper, PersonOptimWrapperConstructor
from plipdet.engine.optim.person_optim_wrapper_constructor import check_custom_keys
from plipdet.engine.registries import MODEL_WRAPPERS
from plipdet.engine.starting_weights import check_start_is_named
from plipdet.engine.weight_sources import read_weights_safely
from plipdet.engine.worker_signals import leave_signals_to_parent
from plipdet.errors import InputError
from plipdet.registry import DATASETS, HOOKS, LOOPS, RUNNERS, TASKS, build, resolve

_OUR_LOOPS = {EpochBasedTrainLoop: ResumableEpochLoop, IterBasedTrainLoop: ResumableIterLoop}


@RUNNERS.register_module()
class PLIPRunner(CheckpointedRunner):
    """Train and test a task; the arguments are those of MMEngine's ``Runner``.

    What differs: checkpoints are safe to read and to resume; it starts on CPUs too; log and
    progress do not stall a GPU. Two more keys of the config are known:
    ``load_from_strict`` (default True), whether every tensor of ``load_from`` must match, and
    ``load_from_parts``, starts of the names of what to take of it when training starts anew; these
    parts must match, and the rest begins as initialised. A task that needs the training data's
    identities is told them.
    """

    @classmethod
    def from_cfg(cls, cfg: Any) -> PLIPRunner:
        """Build a runner from a config; see :func:`plipdet.engine.config.load_config`.

        Raises:
            InputError: If the launcher did not start this process, ``load_from`` cannot be read,
                or ``work_dir`` cannot be written or is the config's own folder; nothing has been
                built then.
        """
        work_folder.spare_config(cfg)
        cfg = copy.deepcopy(cfg)
        cfg["default_scope"] = cfg.get("default_scope") or "plipdet"
        _join_group(cfg.get("launcher", "none"), cfg.get("env_cfg") or {})
        if not cfg.get("resume"):
            check_start_is_named(cfg)
        start = cfg.get("load_from")
        checkpoint = files.read_checkpoint(start) if start else None
        work_folder.make(cfg["work_dir"])
        with work_folder.room_in(cfg["work_dir"]):
            runner = super().from_cfg(cfg)
        runner._checkpoint = checkpoint
        return runner

    # --- building ---------------------------------------------------------------------------

    def setup_env(self, env_cfg: dict[str, Any]) -> None:
        """Start the process group, on CPUs too, and set up the rest as MMEngine does."""
        # Second moments of the rarely seen rows of a vocabulary fall below 1e-38, where a CPU
        # computes many times slower; threads inherit the setting, so it comes first.
        torch.set_flush_denormal(True)
        read_weights_safely()
        _join_group(self.launcher, env_cfg)
        super().setup_env(env_cfg)

    def build_model(self, model: nn.Module | dict[str, Any]) -> nn.Module:
        """Build the task, and tell it of the training data's identities and attributes if it asks.

        That has to be before the model is wrapped, which takes note of its parameters.
        """
        task = build(model, TASKS)
        loader = self._train_dataloader
        people = getattr(task, "needs_identities", False)
        attributes = getattr(task, "needs_attributes", False)
        if (people or attributes) and isinstance(loader, Mapping):
            # The loader builds its own later, with the seed that a resumed run began with.
            dataset = build(loader["dataset"], DATASETS)
            if people:
                task.meet_identities(dataset.identities().ids)
            if attributes:
                task.meet_attributes(dataset.attribute_facts())
        return task

    def wrap_model(self, model_wrapper_cfg: dict[str, Any] | None, model: nn.Module) -> nn.Module:
        """Move the model to the device and wrap it for distributed training, on CPUs too."""
        kind = (model_wrapper_cfg or {}).get("type", MMDistributedDataParallel)
        kind = resolve(kind, MODEL_WRAPPERS)
        if model_wrapper_cfg is not None:
            model_wrapper_cfg = {**model_wrapper_cfg, "type": kind}
        replicated = kind is MMDistributedDataParallel
        if self.distributed and replicated and not is_model_wrapper(model):
            known = inspect.signature(DistributedDataParallel).parameters
            new = "forward_sync_buffers"  # newer name, beside which the old one warns
            options: dict[str, Any] = {new if new in known else "broadcast_buffers": False}
            options["find_unused_parameters"] = self.cfg.get("find_unused_parameters", False)
            if get_device() == "cpu":
                options["device_ids"] = None
            model_wrapper_cfg = {**options, **(model_wrapper_cfg or {})}
        return super().wrap_model(model_wrapper_cfg, model)

    def build_optim_wrapper(self, optim_wrapper: Any) -> OptimWrapper:
        """Build the optimizer with joined, named parameter groups; ``OptimWrapper`` is ours."""
        if isinstance(optim_wrapper, Mapping) and "constructor" not in optim_wrapper:
            ours: dict[str, Any] = {"constructor": PersonOptimWrapperConstructor}
            if optim_wrapper.get("type", "OptimWrapper") in ("OptimWrapper", OptimWrapper):
                ours["type"] = PersonOptimWrapper
            optim_wrapper = {**optim_wrapper, **ours}
        with _wrong_values("optim_wrapper"):
            return super().build_optim_wrapper(optim_wrapper)

    def build_train_loop(self, loop: BaseLoop | dict[str, Any]) -> BaseLoop:
        """Build the loop; MMEngine's two become ours, which go on within an epoch."""
        if isinstance(loop, Mapping):
            options = dict(loop)
            kind = options.pop("type", None)
            by_epoch = options.pop("by_epoch", True)
            default = EpochBasedTrainLoop if by_epoch else IterBasedTrainLoop
            kind = default if kind is None else resolve(kind, LOOPS)
            if options.pop("fast_forward_on_resume", False):
                raise InputError(
                    "train_cfg.fast_forward_on_resume would train twice on the same batches; "
                    "remove it, as no picture is read for batches that are left out"
                )
            loop = {"type": _OUR_LOOPS.get(kind, kind), **options}
        with _wrong_values("train_cfg"):
            built = super().build_train_loop(loop)
        if not isinstance(built, ResumableLoop):
            raise InputError(
                f"train_cfg makes a {type(built).__name__}, which keeps no position in the data; "
                "derive it from ResumableEpochLoop or ResumableIterLoop of plipdet.engine.loops"
            )
        return built

    def build_param_scheduler(self, scheduler: Any) -> Any:
        """Build the schedules of the learning rate."""
        with _wrong_values("param_scheduler"):
            return super().build_param_scheduler(scheduler)

    @staticmethod
    def build_dataloader(
        dataloader: DataLoader | dict[str, Any],
        seed: int | None = None,
        diff_rank_seed: bool = False,
    ) -> DataLoader:
        """Build a loader whose dataset has the run's seed.

        The loader draws from a generator of its own: one that drew from the global generator
        would make the model's dropout depend on how often a loader was opened, and so a resumed
        run differ from an uninterrupted one. A batch sampler gets the loader's ``drop_last``,
        which PyTorch refuses beside it.
        """
        if isinstance(dataloader, Mapping) and isinstance(dataloader.get("batch_sampler"), Mapping):
            dataloader = dict(dataloader)
            given = {k: dataloader.pop(k) for k in ("drop_last",) if k in dataloader}
            dataloader["batch_sampler"] = {**given, **dataloader["batch_sampler"]}
        if isinstance(dataloader, Mapping) and seed is not None:
            dataloader = dict(dataloader)
            dataloader["dataset"] = _with_seed(dataloader["dataset"], seed)
            dataloader.setdefault("generator", torch.Generator().manual_seed(seed))
            if not dataloader.get("num_workers"):
                dataloader.pop("persistent_workers", None)  # torch refuses to keep no worker
        loader = Runner.build_dataloader(dataloader, seed, diff_rank_seed)
        leave_signals_to_parent(loader)
        if isinstance(loader.dataset, Sized) and len(loader) == 0:
            raise InputError(
                f"{len(loader.dataset)} items make no batch of "
                f"{getattr(loader.batch_sampler, 'batch_size', 'any size')} on {world_size()} "
                f"ranks; lower batch_size, or set drop_last=False"
            )
        return loader

    def register_default_hooks(self, hooks: dict[str, Any] | None = None) -> None:
        """Register MMEngine's default hooks, or our safer or faster forms of them."""
        ours: dict[str, Any] = {
            "runtime_info": {"type": TrainingScalarsHook},
            "non_finite": {"type": NonFiniteHook},
            "unreadable_images": {"type": UnreadableImagesHook},
            "progress": {"type": ProgressBarHook},
            "checkpoint": {"type": AtomicCheckpointHook, "interval": 1},
            "preemption": {"type": PreemptionHook},
        }
        if self.distributed:  # each rank has seen other images, so its batch-norm means differ
            ours["sync_buffers"] = {"type": MeanBuffersHook}
        merged: dict[str, Any] = {**ours, **(hooks or {})}
        kept = {k: v for k, v in merged.items() if v is not None or k not in ours}
        kept.update({k: None for k in ("runtime_info", "checkpoint") if merged[k] is None})
        super().register_default_hooks(kept)

    def register_hook(self, hook: Hook | dict[str, Any], priority: Any = None) -> None:
        """Register a hook; MMEngine's checkpoint and EMA hooks become our safer forms."""
        ours: dict[type, type] = {CheckpointHook: AtomicCheckpointHook, EMAHook: SteadyEMAHook}
        if isinstance(hook, Mapping):
            kind = resolve(hook["type"], HOOKS)
            hook = {**hook, "type": ours.get(kind, kind)}
        with _wrong_values("default_hooks or custom_hooks"):
            super().register_hook(hook, priority)

    def _init_model_weights(self) -> None:
        # MMEngine calls any child's init_weights, also that of a Hugging Face model, which would
        # overwrite pre-trained weights. Ours are initialised when built; init_cfg asks for more.
        for module in self.bare_model.modules():
            if isinstance(module, BaseModule) and module.init_cfg and not module.is_init:
                module.init_weights()

    def _maybe_compile(self, target: str) -> None:
        options = self.cfg.get("compile")
        if options and target == "train_step":  # evaluation has batches of many sizes
            compile_parts(self.bare_model, {} if options is True else options)

    # --- running ----------------------------------------------------------------------------

    def train(self) -> nn.Module:
        """Train, after the checkpoint to start from has been checked."""
        if self._train_loop is None:
            raise InputError(
                "this config trains nothing: it has no train_cfg, train_dataloader and "
                "optim_wrapper; name one like configs/plip/pretrain_mini.py"
            )
        self._read_start()
        if isinstance(self.optim_wrapper, Mapping):
            check_custom_keys(self.bare_model, self.optim_wrapper.get("paramwise_cfg"))
        try:
            with work_folder.room_in(self.work_dir):
                return super().train()
        finally:
            for hook in self.hooks:
                if isinstance(hook, PreemptionHook):
                    hook.signals.leave()

    def val(self) -> dict[str, float]:
        """Validate, after the checkpoint has been checked."""
        self._read_start()
        return super().val()

    def test(self) -> dict[str, float]:
        """Test, after the checkpoint has been checked."""
        self._read_start()
        with work_folder.room_in(self.work_dir):
            return super().test()


def _join_group(launcher: str, env_cfg: Mapping[str, Any]) -> None:
    if launcher != "none":
        known = ("backend", "timeout")
        options = {k: v for k, v in env_cfg.get("dist_cfg", {}).items() if k in known}
        start_process_group(launcher, **options)


@contextmanager
def _wrong_values(setting: str) -> Iterator[None]:
    """Turn what a constructor says of a wrong value into an InputError."""
    try:
        yield
    except InputError:
        raise
    except (ValueError, TypeError, AssertionError, KeyError) as error:
        raise InputError(f"{setting} has a wrong value: {error}") from error


def _with_seed(dataset: Any, seed: int | None) -> Any:
    """Return the config of a dataset with the run's seed, where it takes one."""
    if seed is None or not isinstance(dataset, Mapping):
        return dataset
    known = inspect.signature(resolve(dataset["type"], DATASETS)).parameters
    return {"seed": seed, **dataset} if "seed" in known else dataset
