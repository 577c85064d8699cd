"""ResumableIterLoop: iteration-based training that goes on where it stopped."""

from __future__ import annotations

from contextlib import closing

from mmengine.dataset import InfiniteSampler
from mmengine.runner import IterBasedTrainLoop
from torch import nn

from plipdet.registry import LOOPS

from .resumable_loop import ResumableLoop


@LOOPS.register_module()
class ResumableIterLoop(ResumableLoop, IterBasedTrainLoop):
    """MMEngine's loop, exact after an interruption; the runner puts it in that one's place."""

    def run(self) -> nn.Module:
        """Train all iterations that are left, validating between them."""
        self._before_train()
        resumed = self._resumed
        self._before_epoch()  # all of training is one
        if resumed and self._iter:
            self._validate_if_due()  # the run before may have ended in the middle of it
        with closing(self.passes), closing(self.passes.read_on()) as batches:
            while self._iter < self._max_iters and not self.stop_training:
                self.runner.model.train()
                self.run_iter(next(batches)[1])
                self._validate_if_due()
        self.runner.call_hook("after_train_epoch")
        self.runner.call_hook("after_train")
        return self.runner.model

    def _validate_if_due(self) -> None:
        self._decide_current_val_interval()
        done = self._iter
        regular = done % self.val_interval == 0 or done == self._max_iters
        if self.runner.val_loop is not None and done >= self.val_begin and regular:
            self._validate()

    def _guess_position(self) -> tuple[int, int, str | None]:
        if isinstance(self.dataloader.sampler, InfiniteSampler):
            return 0, self._iter, None
        return *divmod(self._iter, len(self.dataloader)), None

    def _iteration_at(self, batch: int) -> int:
        return self._iter
