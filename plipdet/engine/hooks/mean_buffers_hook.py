"""MeanBuffersHook: MMEngine's SyncBuffersHook, which leaves whole numbers alone."""

from __future__ import annotations

from mmengine.dist import all_reduce_params
from mmengine.hooks import SyncBuffersHook
from mmengine.runner import Runner

from plipdet.registry import HOOKS


@HOOKS.register_module()
class MeanBuffersHook(SyncBuffersHook):
    """Average the ranks' batch statistics after each epoch, and before a validation within one.

    Integer buffers, such as the identities of a classifier, are the same on all ranks; the base
    class would pass them through single precision, which changes numbers above 16 million.
    """

    called_in_train: bool

    def before_val_epoch(self, runner: Runner) -> None:
        """Average before a validation that comes before the end of an epoch."""
        if self.distributed and not self.called_in_train:
            self._average(runner)
        self.called_in_train = False

    def after_train_epoch(self, runner: Runner) -> None:
        """Average the buffers of floating point over the ranks."""
        if self.distributed:
            self._average(runner)
            self.called_in_train = True

    def _average(self, runner: Runner) -> None:
        inexact = [b for b in runner.model.buffers() if b.is_floating_point()]
        all_reduce_params(inexact, op="mean")
