"""TrainingScalarsHook: what the log and TensorBoard show of training."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import torch
from mmengine.hooks import LoggerHook, RuntimeInfoHook
from mmengine.logging import HistoryBuffer
from mmengine.runner import Runner
from torch import Tensor

from plipdet.registry import HOOKS

_HISTORY = 1000
_DEFAULT_INTERVAL = 10
SKIPPED, OVERFLOWS = "skipped_steps", "scale_overflows"


@HOOKS.register_module()
class TrainingScalarsHook(RuntimeInfoHook):
    """Gather loss terms, gradient norms and learning rates; read them when a line is due.

    MMEngine's ``RuntimeInfoHook`` turns each loss term into a number at each step, so that a GPU
    waits for each of them, and appends it to a history of a million entries that it copies every
    time. Here the tensors are kept, and averaged over the interval of the ``LoggerHook``, in one
    transfer; values that are not finite, whose step was skipped, are left out. Learning rates are
    logged by parameter group: ``image_lr``, ``text_lr`` ...; ``skipped_steps`` counts the steps
    that the optimizer wrapper skipped, ``scale_overflows`` those whose float16 gradients
    overflowed under the scale of the loss. The message hub keeps the counts over a resumption.
    """

    def __init__(self) -> None:
        self._terms: dict[str, list[Tensor]] = defaultdict(list)
        self._interval = _DEFAULT_INTERVAL

    def before_train(self, runner: Runner) -> None:
        """Take over the interval of the log's lines."""
        super().before_train(runner)
        _show(runner, SKIPPED)
        intervals = [hook.interval for hook in runner.hooks if isinstance(hook, LoggerHook)]
        self._interval = math.gcd(*intervals) if intervals else _DEFAULT_INTERVAL

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Tell the message hub where training is."""
        runner.message_hub.update_info("iter", runner.iter)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Keep the loss terms of this step, and hand their means over when a line is due."""
        skipped = getattr(runner.optim_wrapper, "skipped", None)
        if skipped is not None:
            key = OVERFLOWS if skipped.overflow else SKIPPED
            runner.message_hub.update_info(key, runner.message_hub.get_info(key, 0) + 1)
            _show(runner, key)
        for name, value in (outputs or {}).items():
            self._terms[name].append(torch.as_tensor(value).detach())
        last = self.end_of_epoch(runner.train_dataloader, batch_idx)
        if last or self.every_n_inner_iters(batch_idx, self._interval):
            self._hand_over(runner)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Save what waits for the next line of the log, so that a resumed run writes the same."""
        self._take_norms(runner)
        checkpoint["unlogged"] = {name: _stacked(v) for name, v in self._terms.items() if v}

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Take up what the run before had not logged yet."""
        if runner._resume:
            waiting = checkpoint.get("unlogged", {})
            self._terms.update({name: [*values.unbind()] for name, values in waiting.items()})

    def _take_norms(self, runner: Runner) -> None:
        take_norms = getattr(runner.optim_wrapper, "take_grad_norms", list)
        self._terms["grad_norm"] += take_norms()

    def _hand_over(self, runner: Runner) -> None:
        self._take_norms(runner)
        names = [name for name, values in self._terms.items() if values]
        means = [_finite_mean(_stacked(self._terms[name])) for name in names]
        scalars = dict(zip(names, torch.stack(means).tolist(), strict=True)) if means else {}
        self._terms.clear()
        scalars.update(learning_rates(runner))
        for name, value in scalars.items():
            runner.message_hub.update_scalar(f"train/{name}", value)
            # Already the mean of the interval: the log shows the newest one only.
            runner.message_hub.log_scalars[f"train/{name}"].max_length = 1
        for history in runner.message_hub.log_scalars.values():
            history.max_length = min(history.max_length, _HISTORY)


def _show(runner: Runner, count: str) -> None:
    number = runner.message_hub.get_info(count, 0)
    runner.message_hub.update_scalar(f"train/{count}", number)
    # The newest, not a mean; and whole, as a history that a checkpoint kept would not be.
    runner.message_hub.log_scalars[f"train/{count}"] = HistoryBuffer([number], [1], max_length=1)


def _stacked(values: list[Tensor]) -> Tensor:
    # Those of a resumed run are on the CPU.
    return torch.stack([value.to(values[-1].device) for value in values])


def _finite_mean(values: Tensor) -> Tensor:
    """Return the mean without steps that were skipped; not a number if all were."""
    finite = values.isfinite()
    return values.where(finite, 0).float().sum() / finite.sum()


def learning_rates(runner: Runner) -> dict[str, float]:
    """Return the learning rate of each parameter group as the log names it, and the highest."""
    groups = runner.optim_wrapper.optimizer.param_groups
    rates: dict[str, float] = {"lr": max(group["lr"] for group in groups)}
    for group in groups:
        if "name" not in group:
            continue
        key, number = f"{group['name']}_lr", 2
        while rates.get(key, group["lr"]) != group["lr"]:
            key, number = f"{group['name']}{number}_lr", number + 1
        rates[key] = group["lr"]
    return rates
