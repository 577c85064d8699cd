"""ResumableEpochLoop: epoch-based training that goes on in the middle of an epoch."""

from __future__ import annotations

from contextlib import closing

from mmengine.runner import EpochBasedTrainLoop
from torch import nn

from plipdet.registry import LOOPS

from .resumable_loop import ResumableLoop


@LOOPS.register_module()
class ResumableEpochLoop(ResumableLoop, EpochBasedTrainLoop):
    """MMEngine's loop, exact after an interruption; the runner puts it in that one's place."""

    def run(self) -> nn.Module:
        """Train all epochs that are left, validating between them."""
        self._before_train()
        if self._resumed and not self.passes.position["batch"]:
            self._validate_if_due()  # the run before may have ended in the middle of it
        with closing(self.passes):
            while self._epoch < self._max_epochs and not self.stop_training:
                self.run_epoch()
                self._validate_if_due()
        self.runner.call_hook("after_train")
        return self.runner.model

    def run_epoch(self) -> None:
        """Train an epoch, or the rest of one."""
        self._before_epoch()
        self.runner.model.train()
        with closing(self.passes.read(self._epoch)) as batches:
            for index, batch in batches:
                self.run_iter(index, batch)
        self.runner.call_hook("after_train_epoch")
        self._epoch += 1

    def _validate_if_due(self) -> None:
        self._decide_current_val_interval()
        epoch = self._epoch
        regular = epoch % self.val_interval == 0 or epoch == self._max_epochs
        if self.runner.val_loop is not None and epoch >= self.val_begin and regular:
            self._validate()

    def _guess_position(self) -> tuple[int, int, str | None]:
        if self._iter == self._epoch * len(self.dataloader):
            return self._epoch, 0, None
        return self._epoch, 0, (
            "it does not say where in the epoch it was saved, or epochs have another number of "
            f"iterations now; epoch {self._epoch + 1} starts from its beginning"
        )  # fmt: skip

    def _iteration_at(self, batch: int) -> int:
        return self._epoch * len(self.dataloader) + batch
