"""AtomicCheckpointHook: MMEngine's CheckpointHook without a moment in which nothing is safe."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

from plipdet.distributed import is_main
from plipdet.engine.checkpoint import POINTER, write_text
from plipdet.errors import InputError, near
from plipdet.registry import HOOKS


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """Write first, move the pointer to the newest next, delete last.

    MMEngine deletes the checkpoint that leaves the last k, or the former best one, before it has
    written its successor, and writes ``last_checkpoint`` in place: a run killed there loses both.
    The runner puts this hook wherever a config names ``CheckpointHook``; the arguments are the
    same.
    """

    file_backend: Any
    _default_greater_keys = (*CheckpointHook._default_greater_keys, "rank", "mINP")

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict[str, Any]) -> None:
        outdated: list[int] = []
        if self.max_keep_ckpts > 0 and step not in self.keep_ckpt_ids:
            if len(self.keep_ckpt_ids) == self.max_keep_ckpts:
                outdated.append(self.keep_ckpt_ids.popleft())
            self.keep_ckpt_ids.append(step)
            runner.message_hub.update_info("keep_ckpt_ids", list(self.keep_ckpt_ids))
        name = self.filename_tmpl.format(step)
        self.last_ckpt = self.file_backend.join_path(self.out_dir, name)
        runner.message_hub.update_info("last_ckpt", self.last_ckpt)
        runner.save_checkpoint(
            self.out_dir,
            name,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
        )
        if is_main():
            write_text(self.last_ckpt, f"{runner.work_dir}/{POINTER}")
            for number in outdated:
                path = self.file_backend.join_path(self.out_dir, self.filename_tmpl.format(number))
                if self.file_backend.isfile(path):
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
        try:
            super()._save_best_checkpoint(runner, metrics)
        finally:
            deferred, self.file_backend = self.file_backend.removed, backend
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
