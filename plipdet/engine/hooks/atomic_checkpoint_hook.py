"""AtomicCheckpointHook: MMEngine's CheckpointHook without a moment in which nothing is safe."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

from plipdet.distributed import is_main
from plipdet.engine.checkpoint import POINTER, write_text
from plipdet.engine.training_state import at_step
from plipdet.errors import InputError, near
from plipdet.registry import HOOKS
from plipdet.whole_file import remove_leftovers

_INTERRUPTED = "interrupted_ckpt"
"""Entry of the message hub: the checkpoint of a stopped run, which its next one replaces."""


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """Write first, move the pointer to the newest next, delete last.

    MMEngine deletes the checkpoint that leaves the last k, or the former best one, before it has
    written its successor, and writes ``last_checkpoint`` in place: a run killed there loses both.
    The runner puts this hook wherever a config names ``CheckpointHook``; the arguments are the
    same.
    """

    file_backend: Any
    max_keep_ckpts: int
    saved_at: int | None = None
    """Iteration of the newest checkpoint that training can go on from."""
    _postponed: int | None = None
    _selected_by: dict[str, float] | None = None
    _default_greater_keys = (*CheckpointHook._default_greater_keys, "rank", "mINP")

    def before_train(self, runner: Runner) -> None:
        """Remove what killed processes left half written, and take up the list of what to keep."""
        keep, self.max_keep_ckpts = self.max_keep_ckpts, -1
        super().before_train(runner)
        self.max_keep_ckpts = keep
        self.keep_ckpt_ids = deque(runner.message_hub.runtime_info.get(self._kept_key, []))
        self._remove_outdated(runner)  # a run killed before it had removed them
        if is_main():
            for folder in {Path(self.out_dir), Path(runner.work_dir)}:
                for leftover in remove_leftovers(folder):
                    runner.logger.info(f"removed {leftover}, which a killed process left")

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Write the checkpoint of this iteration, or one that was waiting for a step."""
        super().after_train_iter(runner, batch_idx, data_batch, outputs)
        if self._postponed is not None and at_step(runner.optim_wrapper):
            position = {"epoch": runner.epoch, "iter": runner.iter + 1}
            step = self._postponed if self.by_epoch else position["iter"]
            self._save_checkpoint_with_step(runner, step, position)

    def save_here(self, runner: Runner, position: dict[str, int]) -> str:
        """Return the path of a checkpoint to go on from, written unless there is one.

        Args:
            runner: The runner; every rank must call it.
            position: ``epoch`` and ``iter`` that are complete.
        """
        if self.saved_at != position["iter"]:
            name = f"iter_{position['iter']}.pth"
            path = self.file_backend.join_path(self.out_dir, name)
            runner.message_hub.update_info(_INTERRUPTED, path)
            self.last_ckpt = path
            runner.save_checkpoint(self.out_dir, name, meta=position, by_epoch=False)
            self.saved_at = position["iter"]
            self._point_here(runner)
        assert self.last_ckpt is not None
        return self.last_ckpt

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict[str, Any]) -> None:
        """Write the checkpoint named after ``step``, unless gradients are half accumulated.

        Those would be lost, so it is written after the optimizer's next step, and says so itself.
        """
        if self.save_optimizer and not at_step(runner.optim_wrapper):
            self._postponed = step
            return
        self._postponed = None
        self._selected_by = None  # the newest, which is saved again after the best
        if self.max_keep_ckpts > 0 and step not in self.keep_ckpt_ids:
            self.keep_ckpt_ids.append(step)
            # What is removed below is still in the file's list: killed before, the next run will.
            runner.message_hub.update_info(self._kept_key, list(self.keep_ckpt_ids))
        name = self.filename_tmpl.format(step)
        self.last_ckpt = self._path(step)
        runner.message_hub.update_info("last_ckpt", self.last_ckpt)
        runner.save_checkpoint(
            self.out_dir,
            name,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
        )
        self._point_here(runner)
        if self.save_optimizer:
            self.saved_at = meta["iter"]
            interrupted = runner.message_hub.runtime_info.pop(_INTERRUPTED, None)
            if interrupted not in (None, *map(self._path, [step, *self.keep_ckpt_ids])):
                self._remove(interrupted)
        self._remove_outdated(runner)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Write into a best checkpoint by which figures of ``selected_on`` it was selected."""
        if self._selected_by is not None:
            checkpoint["meta"]["selected_by"] = dict(self._selected_by)

    @property
    def _kept_key(self) -> str:
        """The hub's entry for what this hook keeps; one by iterations has its own."""
        return "keep_ckpt_ids" if self.by_epoch else "keep_iter_ckpt_ids"

    def _path(self, step: int) -> str:
        return self.file_backend.join_path(self.out_dir, self.filename_tmpl.format(step))

    def _point_here(self, runner: Runner) -> None:
        if is_main():
            assert self.last_ckpt is not None
            write_text(self.last_ckpt, f"{runner.work_dir}/{POINTER}")

    def _remove_outdated(self, runner: Runner) -> None:
        while len(self.keep_ckpt_ids) > self.max_keep_ckpts > 0:
            self._remove(self._path(self.keep_ckpt_ids.popleft()))
            runner.message_hub.update_info(self._kept_key, list(self.keep_ckpt_ids))

    def _remove(self, path: str) -> None:
        if is_main() and self.file_backend.isfile(path):
            self.file_backend.remove(path)

    def _save_best_checkpoint(self, runner: Runner, metrics: dict[str, float]) -> None:
        if not self.save_best or not hasattr(self, "file_backend"):
            return  # validation outside training writes nothing
        for name in self.key_indicators:
            if name not in metrics and name != "auto":
                raise InputError(
                    f"CheckpointHook's save_best is {name!r}, which validation does not "
                    f"measure{near(name, metrics)}; it measures {sorted(metrics)}"
                )
        backend = self.file_backend
        self.file_backend = _RemoveLater(backend)
        self._selected_by = {k: metrics[k] for k in self.key_indicators if k in metrics}
        try:
            super()._save_best_checkpoint(runner, metrics)
        finally:
            deferred, self.file_backend = self.file_backend.removed, backend
            self._selected_by = None
        kept = _best_paths(self)
        for path in deferred:
            if path not in kept and backend.isfile(path):
                backend.remove(path)


def _best_paths(hook: CheckpointHook) -> set[str | None]:
    several = getattr(hook, "best_ckpt_path_dict", {})
    return {getattr(hook, "best_ckpt_path", None), *several.values()}


class _RemoveLater:
    """A file backend that notes what to remove instead of removing it."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.removed: list[str] = []

    def remove(self, path: str) -> None:
        self.removed.append(path)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)
