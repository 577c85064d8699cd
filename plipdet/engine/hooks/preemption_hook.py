"""PreemptionHook: a signal saves the run where it is, and ends it."""

from __future__ import annotations

from typing import Any, NoReturn

import torch
from mmengine.device import get_device
from mmengine.hooks import Hook
from mmengine.runner import Runner

from plipdet.distributed import any_rank, gather_rows, world_size
from plipdet.engine.stop_signals import EXIT_CODES, StopSignals, ValidationCutShortError
from plipdet.engine.training_state import at_step
from plipdet.errors import InputError, RunStoppedError
from plipdet.registry import HOOKS

from .atomic_checkpoint_hook import AtomicCheckpointHook

_NAMES = list(EXIT_CODES)


@HOOKS.register_module()
class PreemptionHook(Hook):
    """Finish the iteration at SIGTERM, SIGUSR1 or Ctrl-C, save it, and stop.

    Schedulers send SIGTERM, or SIGUSR1 some time before (Slurm's ``--signal``), when they take a
    machine back. The checkpoint is written by the checkpoint hook as ``iter_N.pth`` and is
    removed when the resumed run has written its next one. Where gradients accumulate, the run
    goes on until the optimizer's next step. A second signal ends the run at once.

    Args:
        interval: Iterations between the moments at which several ranks ask each other whether
            one of them got a signal, since all must stop after the same iteration.

    Raises:
        InputError: If ``interval`` is less than 1.
    """

    priority = "LOWEST"

    def __init__(self, interval: int = 10) -> None:
        if interval < 1:
            raise InputError(f"PreemptionHook's interval is {interval}; the least is 1")
        self.interval = interval
        self.signals = StopSignals()
        self._agreed: str | None = None
        self._even = True

    def before_train(self, runner: Runner) -> None:
        """Take over the signals; before, they end the process as ever."""
        self._agreed = None
        self.signals.heed()

    def after_train(self, runner: Runner) -> None:
        """Give the signals back."""
        self.signals.leave()

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Save and stop, if a rank got a signal.

        Raises:
            RunStoppedError: Then, on all ranks.
        """
        if self._ask(runner.iter) and at_step(runner.optim_wrapper):
            self._stop(runner, {"epoch": runner.epoch, "iter": runner.iter + 1})

    def before_val_epoch(self, runner: Runner) -> None:
        """Find out whether all ranks validate the same numbers of batches."""
        loader = runner.val_dataloader
        sides = [getattr(loader, side, ()) for side in ("query", "gallery")]
        counts = torch.tensor([[len(loader), *map(len, sides)]], device=get_device())
        self._even = bool((gather_rows(counts) == counts).all())

    def after_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Cut validation within training short, if a rank got a signal.

        Ranks with different numbers of batches would wait for each other in vain, and half
        accumulated gradients cannot be saved; there it goes on to its end.

        Raises:
            ValidationCutShortError: Then, on all ranks.
        """
        if not (self.signals.active and self._even and at_step(runner.optim_wrapper)):
            return
        if self._ask(batch_idx):
            raise ValidationCutShortError

    def after_validation_cut_short(self, runner: Runner) -> None:
        """Save and stop; the training loop calls it after it has tidied up."""
        self._stop(runner, {"epoch": runner.epoch, "iter": runner.iter})

    def _ask(self, index: int) -> bool:
        """Return whether to stop; the ranks ask each other every ``interval`` iterations."""
        if self._agreed is None and (world_size() == 1 or index % self.interval == 0):
            flags = [self.signals.received == name for name in _NAMES]
            agreed = any_rank(torch.tensor(flags, device=get_device())).tolist()
            self._agreed = next((n for n, yes in zip(_NAMES, agreed, strict=True) if yes), None)
        return self._agreed is not None

    def _stop(self, runner: Runner, position: dict[str, int]) -> NoReturn:
        assert self._agreed is not None
        saves = [hook for hook in runner.hooks if isinstance(hook, AtomicCheckpointHook)]
        told = f"{self._agreed}: stopped after iteration {position['iter']}"
        if saves:
            saver = next((s for s in saves if s.saved_at == position["iter"]), saves[0])
            told += f", saved as {saver.save_here(runner, position)}; --resume goes on from it"
        else:
            told += "; nothing is saved, as the config has no checkpoint hook"
        runner.visualizer.close()
        raise RunStoppedError(told, EXIT_CODES[self._agreed])
