"""CheckpointedRunner: MMEngine's Runner with checkpoints that are safe to read and to resume."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import mmengine
from mmengine.hooks import EMAHook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import nn

from plipdet.distributed import is_main, world_size
from plipdet.distributed.sharding import is_sharded, whole_on_main
from plipdet.engine import checkpoint as files
from plipdet.engine import training_state
from plipdet.engine.checkpoint_search import newest_valid
from plipdet.engine.config import config_hash
from plipdet.engine.data_facts import data_facts
from plipdet.engine.starting_weights import (
    check_same_classes,
    check_start_is_named,
    meet_weights,
    weights_of_parts,
)
from plipdet.errors import InputError


class CheckpointedRunner(Runner):
    """Reads, checks, writes and resumes checkpoints; the arguments are those of ``Runner``.

    They are read without executing code, checked against the model before training, and written
    whole; resuming restores the random state of every rank.
    """

    optim_wrapper: Any
    _train_dataloader: Any
    _randomness_cfg: dict[str, Any]
    _load_from: str | None
    _resume: bool
    _has_loaded: bool
    _checkpoint: dict[str, Any] | None = None
    start_meta: Mapping[str, Any] = {}
    """Facts about the training behind the weights that were loaded; empty if they have none."""

    @property
    def bare_model(self) -> nn.Module:
        """The model without the wrapper that exchanges gradients."""
        return self.model.module if is_model_wrapper(self.model) else self.model

    @cached_property
    def config_text(self) -> str:
        """The whole config as Python text; formatting it takes a second, so it is done once."""
        return self.cfg.pretty_text

    def _read_start(self) -> None:
        if self._has_loaded:
            return
        path: str | Path | None = self._load_from
        if self._resume and path is None:
            newest = newest_valid(self.work_dir, tell=self.logger.warning)
            if newest is None:
                check_start_is_named(self.cfg)
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
        parts = self.cfg.get("load_from_parts")
        if trains and parts and not self._resume:
            kept = weights_of_parts(self.bare_model, weights, parts, source=path)
            self._checkpoint["state_dict"] = kept
            return
        apart = None if trains else getattr(self.bare_model, "not_for_predict", None)
        if not trains:
            meet_weights(self.bare_model, weights)
        files.check_weights(self.bare_model, weights, source=path, strict=strict, apart=apart)
        if self._resume:
            files.check_resumable(self._checkpoint, path)
            check_same_classes(self.bare_model, weights, source=path)
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
        else:
            tell: Any = getattr(self.bare_model, "weights_loaded", None)
            if tell is not None:
                tell(set(checkpoint["state_dict"]))
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
        loader = getattr(self.val_loop, "dataloader", None)
        loader = getattr(loader, "gallery", loader)  # of retrieval
        return None if loader is None else data_facts(loader.dataset)
