"""ResumableLoop: what both training loops do to go on exactly where a former run stopped."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import cached_property
from typing import Any

from mmengine.hooks import EMAHook
from mmengine.logging import MessageHub
from torch.utils.data import DataLoader

from plipdet.engine.stop_signals import ValidationCutShortError
from plipdet.engine.training_state import untouched_randomness
from plipdet.errors import InputError

from .data_position import where_to_go_on
from .loader_passes import LoaderPasses


class ResumableLoop(ABC):
    """Keeps the position in the data, and which iteration was validated last.

    Mixed into MMEngine's training loops. A run that goes on in the middle of an epoch calls the
    hooks of its beginning again, as they set up the epoch; what they draw and report then has
    already been drawn and reported, and does not count.
    """

    runner: Any
    dataloader: DataLoader
    validated_at = 0
    """Iteration after which the last validation took place, 0 if there was none."""
    _epoch: int
    _iter: int
    _resumed = False

    @cached_property
    def passes(self) -> LoaderPasses:
        """The passes over the training data."""
        return LoaderPasses(self.dataloader)

    def state(self) -> dict[str, Any]:
        """Return the position as plain data; each rank has the same."""
        return {
            "loop": type(self).__name__,
            **self.passes.position,
            "layout": self.passes.layout,
            "validated_at": self.validated_at,
        }

    def resume(self, meta: Mapping[str, Any], state: Mapping[str, Any] | None) -> str | None:
        """Go on at a state of a former run.

        Args:
            meta: Has ``epoch`` and ``iter``, those that are complete.
            state: What :meth:`state` returned; ``None`` if the checkpoint has no such.

        Returns:
            A warning if training cannot go on exactly there.

        Raises:
            InputError: If the former run counted by epochs and this one by iterations, or the
                other way round.
        """
        self._epoch, self._iter = meta["epoch"], meta["iter"]
        self._resumed = True
        if state is None:
            number, batch, warning = self._guess_position()
        else:
            if state["loop"] != type(self).__name__:
                raise InputError(
                    f"it was saved by a {state['loop']}, and this config's train_cfg makes a "
                    f"{type(self).__name__}; resume with the config the run began with, or set "
                    "load_from to start anew with its weights"
                )
            number, batch, warning = where_to_go_on(state, self.passes.layout)
        if batch and not self.passes.can_skip:
            batch, warning = 0, "the training data are a stream, which starts from its beginning"
        self.passes.go_to(number, batch)
        self._iter = self._iteration_at(batch)
        self.validated_at = meta["iter"] if state is None else state["validated_at"]
        if self.validated_at == meta["iter"]:
            self.validated_at = self._iter
        return warning

    @abstractmethod
    def _guess_position(self) -> tuple[int, int, str | None]:
        """Return pass, batch and a warning for a checkpoint that does not say them."""

    @abstractmethod
    def _iteration_at(self, batch: int) -> int:
        """Return the iteration of a batch of this epoch."""

    def _before_train(self) -> None:
        kept = _kept_scalars(self.runner.message_hub) if self._resumed else nullcontext()
        with untouched_randomness(), kept:  # the random state is that of the first iteration
            self.runner.call_hook("before_train")

    def _before_epoch(self) -> None:
        begun = self._resumed and self.passes.position["batch"] > 0
        self._resumed = False
        if begun:
            with untouched_randomness(), _kept_scalars(self.runner.message_hub):
                self.runner.call_hook("before_train_epoch")
        else:
            self.runner.call_hook("before_train_epoch")

    def _validate(self) -> None:
        """Validate, unless this iteration has been; a validation cut short leaves no trace."""
        before, self.validated_at = self.validated_at, self._iter  # the best checkpoint keeps it
        if before == self._iter:
            return
        try:
            self.runner.val_loop.run()
        except ValidationCutShortError:
            self.validated_at = before
            for hook in self.runner.hooks:
                if isinstance(hook, EMAHook):
                    hook.after_val_epoch(self.runner)  # puts the trained weights back
            self.runner.call_hook("after_validation_cut_short")


@contextmanager
def _kept_scalars(hub: MessageHub) -> Iterator[None]:
    kept = {name: copy.copy(history) for name, history in hub.log_scalars.items()}
    yield
    hub.log_scalars.clear()
    hub.log_scalars.update(kept)
