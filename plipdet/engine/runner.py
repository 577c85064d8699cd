"""PLIPRunner: MMEngine's Runner where it falls short of safe, resumable runs on any device."""

from __future__ import annotations

import copy
import inspect
import time
from collections.abc import Iterator, Mapping, Sized
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import mmengine
import torch
from mmengine.device import get_device
from mmengine.hooks import CheckpointHook, EMAHook, Hook, SyncBuffersHook
from mmengine.model import BaseModule, MMDistributedDataParallel, is_model_wrapper
from mmengine.optim import OptimWrapper
from mmengine.runner import BaseLoop, EpochBasedTrainLoop, IterBasedTrainLoop, Runner
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

from plipdet.distributed import is_main, world_size
from plipdet.distributed.process_group import start_process_group
from plipdet.distributed.sharding import is_sharded, whole_on_main
from plipdet.engine import checkpoint as files
from plipdet.engine import training_state, work_folder
from plipdet.engine.checkpoint_search import newest_valid
from plipdet.engine.compilation import compile_parts
from plipdet.engine.config import config_hash
from plipdet.engine.data_facts import data_facts
from plipdet.engine.hooks import (
    AtomicCheckpointHook,
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
from plipdet.engine.weight_sources import read_weights_safely
from plipdet.engine.worker_signals import leave_signals_to_parent
from plipdet.errors import InputError
from plipdet.registry import DATASETS, HOOKS, LOOPS, RUNNERS, TASKS, build, resolve

_OUR_LOOPS = {EpochBasedTrainLoop: ResumableEpochLoop, IterBasedTrainLoop: ResumableIterLoop}


@RUNNERS.register_module()
class PLIPRunner(Runner):
    """Train and test a task; the arguments are those of MMEngine's ``Runner``.

    What differs: checkpoints are read without executing code, checked against the model before
    any data are opened, and written whole; resuming restores the random state of every rank; it
    starts on CPUs too; log and progress do not stall a GPU. One more key of the config is known:
    ``load_from_strict`` (default True), whether every tensor of ``load_from`` must match.
    """

    optim_wrapper: Any
    _randomness_cfg: dict[str, Any]
    _load_from: str | None
    _resume: bool
    _has_loaded: bool
    _checkpoint: dict[str, Any] | None = None
    start_meta: Mapping[str, Any] = {}
    """Facts about the training behind the weights that were loaded; empty if they have none."""

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
        start = cfg.get("load_from")
        checkpoint = files.read_checkpoint(start) if start else None
        work_folder.make(cfg["work_dir"])
        with work_folder.room_in(cfg["work_dir"]):
            runner = super().from_cfg(cfg)
        runner._checkpoint = checkpoint
        return runner

    @property
    def bare_model(self) -> nn.Module:
        """The model without the wrapper that exchanges gradients."""
        return self.model.module if is_model_wrapper(self.model) else self.model

    @cached_property
    def config_text(self) -> str:
        """The whole config as Python text; formatting it takes a second, so it is done once."""
        return self.cfg.pretty_text

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
        """Build the task."""
        return build(model, TASKS)

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
            dataset = dataloader["dataset"]
            if isinstance(dataset, Mapping) and _takes_seed(dataset):
                dataloader["dataset"] = {"seed": seed, **dataset}
            dataloader.setdefault("generator", torch.Generator().manual_seed(seed))
            if not dataloader.get("num_workers"):
                dataloader.pop("persistent_workers", None)  # torch refuses to keep no worker
        loader = Runner.build_dataloader(dataloader, seed, diff_rank_seed)
        loader.worker_init_fn = partial(leave_signals_to_parent, then=loader.worker_init_fn)
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
            ours["sync_buffers"] = {"type": SyncBuffersHook}
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

    def _read_start(self) -> None:
        if self._has_loaded:
            return
        path: str | Path | None = self._load_from
        if self._resume and path is None:
            newest = newest_valid(self.work_dir, tell=self.logger.warning)
            if newest is None:
                self.logger.info(f"{self.work_dir} has no checkpoint; training starts anew")
                self._resume = False
            else:
                path, self._checkpoint = newest
        if path is None:
            return
        self._load_from = str(path)
        if self._checkpoint is None:
            self._checkpoint = files.read_checkpoint(path)
        strict = self._resume or self.cfg.get("load_from_strict", True)
        weights = self._checkpoint["state_dict"]
        trains = self._train_loop is not None
        apart = None if trains else getattr(self.bare_model, "not_for_predict", None)
        files.check_weights(self.bare_model, weights, source=path, strict=strict, apart=apart)
        if self._resume:
            files.check_resumable(self._checkpoint, path)
            self._take_seed(self._checkpoint["meta"]["seed"])

    def _take_seed(self, seed: int) -> None:
        wanted = self._randomness_cfg.get("seed")
        if wanted != seed:
            if wanted is not None:
                self.logger.warning(f"the run began with seed {seed}; it goes on with it")
            self._randomness_cfg = {**self._randomness_cfg, "seed": seed}
            self.set_randomness(**self._randomness_cfg)

    # --- checkpoints ------------------------------------------------------------------------

    def load_or_resume(self) -> None:
        """Load the checkpoint that was read before the data were opened."""
        self._read_start()
        checkpoint, self._checkpoint = self._checkpoint, None
        if self._has_loaded or checkpoint is None:
            return
        self._has_loaded = True
        self.start_meta = dict(checkpoint.get("meta", {}))
        self.call_hook("after_load_checkpoint", checkpoint=checkpoint)
        files.load_weights(self.bare_model, checkpoint["state_dict"])
        if self._resume:
            self._restore(checkpoint)
        self.logger.info(f"{'resumed' if self._resume else 'loaded'} {self._load_from}")

    def load_checkpoint(self, filename: str, **unused: Any) -> dict[str, Any]:
        """Load the weights of a file, checked against the model."""
        checkpoint = files.read_checkpoint(filename)
        strict = self.cfg.get("load_from_strict", True)
        files.check_weights(
            self.bare_model, checkpoint["state_dict"], source=filename, strict=strict
        )
        self.call_hook("after_load_checkpoint", checkpoint=checkpoint)
        files.load_weights(self.bare_model, checkpoint["state_dict"])
        self._has_loaded = True
        return checkpoint

    def resume(self, filename: str, **unused: Any) -> None:
        """Go on with training from a file."""
        self._load_from, self._resume, self._has_loaded = filename, True, False
        self._checkpoint = None
        self.load_or_resume()

    def _restore(self, checkpoint: dict[str, Any]) -> None:
        loop = self.train_loop
        warning = loop.resume(checkpoint["meta"], checkpoint.get("data_position"))
        former = checkpoint["meta"].get("trained_on", {}).get("fingerprint")
        if former != data_facts(loop.dataloader.dataset).get("fingerprint"):
            self.logger.warning(f"{self._load_from} was trained on other data than these")
        if warning:
            self.logger.warning(f"{self._load_from}: {warning}")
        training_state.restore_message_hub(self.message_hub, checkpoint["message_hub"])
        self.optim_wrapper = self.build_optim_wrapper(self.optim_wrapper)
        try:
            self.optim_wrapper.load_state_dict(checkpoint["optimizer"])
            if self.param_schedulers is not None and "param_schedulers" in checkpoint:
                training_state.restore_schedulers(
                    self.param_schedulers, checkpoint["param_schedulers"]
                )
        except (ValueError, KeyError) as error:
            raise InputError(
                f"the optimizer or schedules of {self._load_from} are not those of this config "
                f"({error}); resume with the config the run began with, or set load_from to "
                "start anew with its weights"
            ) from error
        states = checkpoint["random_states"]
        own = training_state.of_this_rank(states)
        if own is None:
            self.logger.warning("resuming on more ranks than before: new ranks are seeded anew")
            return
        loop.passes.generator_state = own.get("loader")
        if len(states) == world_size():
            modules = self._modules_with_buffers()
            training_state.restore_own_buffers(modules, own.get("buffers", {}))
        training_state.set_random_state(own)

    def _own_state(self) -> dict[str, Any]:
        """Return what another rank may have otherwise; every rank must call it."""
        return {
            **training_state.random_state(),
            "loader": self.train_loop.passes.generator_state,
            "buffers": training_state.own_buffers(self._modules_with_buffers()),
        }

    def _modules_with_buffers(self) -> dict[str, nn.Module]:
        averages = [hook.ema_model for hook in self.hooks if isinstance(hook, EMAHook)]
        return {"model": self.bare_model, **{f"ema{i}": m for i, m in enumerate(averages)}}

    def save_checkpoint(
        self,
        out_dir: str,
        filename: str,
        file_client_args: dict[str, Any] | None = None,
        save_optimizer: bool = True,
        save_param_scheduler: bool = True,
        meta: dict[str, Any] | None = None,
        by_epoch: bool = True,
        backend_args: dict[str, Any] | None = None,
    ) -> None:
        """Write a checkpoint of tensors and plain data; every rank must call it.

        The arguments are MMEngine's; ``file_client_args`` and ``backend_args`` name remote
        storage, which is refused: a rename there is not atomic.
        """
        if file_client_args or backend_args:
            raise InputError("checkpoints are written to local folders only; leave out *_args")
        states = training_state.gather_states(self._own_state()) if save_optimizer else None
        sharded = is_sharded(self.bare_model)
        if not is_main() and not sharded:
            return
        position = {"epoch": self.epoch + by_epoch, "iter": self.iter + (not by_epoch)}
        checkpoint: dict[str, Any] = {
            "meta": {
                **position,
                **(meta or {}),
                "cfg": self.config_text,
                "config_hash": config_hash(self.cfg),
                "trained_on": data_facts(self.train_dataloader.dataset),
                "selected_on": self._selection_data(),
                "seed": self.seed,
                "experiment_name": self.experiment_name,
                "time": time.strftime("%Y%m%d_%H%M%S"),
                "mmengine_version": mmengine.__version__,
            },
            "state_dict": self.bare_model.state_dict(),
            "message_hub": training_state.message_hub_state(self.message_hub),
        }
        if save_optimizer:
            checkpoint["optimizer"] = self.optim_wrapper.state_dict()
            checkpoint["random_states"] = states
            checkpoint["data_position"] = self.train_loop.state()
        if save_param_scheduler and self.param_schedulers is not None:
            schedules = training_state.scheduler_states(self.param_schedulers)
            checkpoint["param_schedulers"] = schedules
        self.call_hook("before_save_checkpoint", checkpoint=checkpoint)
        if sharded:
            checkpoint = whole_on_main(checkpoint)
            if not is_main():
                return
        files.write_checkpoint(files.to_plain(checkpoint), Path(out_dir) / filename)

    def _selection_data(self) -> dict[str, Any] | None:
        """Return the data that choose the best checkpoint, ``None`` without validation."""
        gallery = getattr(getattr(self.val_loop, "dataloader", None), "gallery", None)
        return None if gallery is None else data_facts(gallery.dataset)


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


def _takes_seed(dataset: Mapping[str, Any]) -> bool:
    return "seed" in inspect.signature(resolve(dataset["type"], DATASETS)).parameters
